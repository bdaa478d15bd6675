"""Writes JSON lines to stdout, one per fact, each with event name, level, service and trace id.

With a folder they go into its files, too, which keep each level for its time (`files.py`).
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

from chassis.telemetry.failures import kind_of, message_of, traceback_of
from chassis.telemetry.files import LogFolder
from chassis.telemetry.library_logs import LibraryHandler
from chassis.telemetry.masking import mask_fields, mask_text
from chassis.telemetry.names import CATALOGUE, ErrorName, InfoName, Level, LogName, WarnName
from chassis.telemetry.tracing import trace_id

Fields = MutableMapping[str, Any]
_TRACEBACK_LIMIT: Final = 12_000


class Logger:
    """The logger of every module; the name decides the level (M-18), and mypy checks that they fit.

    Fields are plain values; personal and secret ones are masked by their key. `error(..., exc_info=…)` adds a
    traceback, and so does `exception` inside an `except` block.
    """

    __slots__ = ("_bound",)

    def __init__(self, **bound: object) -> None:
        self._bound = bound

    def bind(self, **fields: object) -> Logger:
        """A logger that adds these fields to each of its lines."""
        return Logger(**{**self._bound, **fields})

    def info(self, event: InfoName, /, **fields: object) -> None:
        _emit(Level.INFO, event, {**self._bound, **fields})

    def warning(self, event: WarnName, /, **fields: object) -> None:
        _emit(Level.WARN, event, {**self._bound, **fields})

    def error(self, event: ErrorName, /, **fields: object) -> None:
        _emit(Level.ERROR, event, {**self._bound, **fields})

    def exception(self, event: ErrorName, /, **fields: object) -> None:
        _emit(Level.ERROR, event, {**self._bound, "exc_info": True, **fields})

    def record(self, event: LogName, /, **fields: object) -> None:
        """Logs at the level that the catalogue gives the name, for names that come from a table (such as A-11's)."""
        _emit(CATALOGUE[event].level, event, {**self._bound, **fields})


def get_logger(**fields: object) -> Logger:
    """The process's logger; `fields` are added to each line."""
    return Logger(**fields)


class _Sink:
    """Holds the target of log lines, so that `configure_logging` can replace it."""

    logger: Any = structlog.get_logger()


_sink = _Sink()


def configure_logging(
    service: str,
    *,
    stream: TextIO | None = None,
    folder: Path | None = None,
    level: Level = Level.INFO,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Sends this process's lines, and those of its libraries, to `stream` (stdout) and into `folder` as JSON.

    Call it once at the start of the process; a later call replaces the earlier (tests). Run uvicorn with
    `log_config=None, access_log=False`: the app logs the requests.
    """
    structlog.configure(
        processors=[_mask, _stamp(service, now), structlog.processors.JSONRenderer(serializer=_json)],
        wrapper_class=structlog.make_filtering_bound_logger(_STDLIB_LEVELS[level]),
        logger_factory=lambda *_: _Lines(stream or sys.stdout, LogFolder(folder, service, now=now) if folder else None),
        cache_logger_on_first_use=False,
    )
    # Bound once: to bind anew for every line would double its cost.
    _sink.logger = structlog.get_logger().bind()
    root = logging.getLogger()
    root.handlers = [LibraryHandler(_emit)]
    root.setLevel(logging.WARNING)


class _Lines:
    """Takes each line once it is text, from structlog, by the name of its level."""

    def __init__(self, stream: TextIO, files: LogFolder | None) -> None:
        self._stream = stream
        self._files = files

    def info(self, line: str) -> None:
        self._write(Level.INFO, line)

    def warning(self, line: str) -> None:
        self._write(Level.WARN, line)

    def error(self, line: str) -> None:
        self._write(Level.ERROR, line)

    def _write(self, level: Level, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()
        if self._files is not None:
            self._files.write(level, line)


_STDLIB_LEVELS: Final = {Level.INFO: logging.INFO, Level.WARN: logging.WARNING, Level.ERROR: logging.ERROR}


def _emit(level: Level, event: str, fields: dict[str, object]) -> None:
    if event not in CATALOGUE:
        fields, event, level = {**fields, "unlisted": event}, "unlisted_event", Level.ERROR
    # The fields travel as one value, so that none of their names can collide with an argument's.
    _sink.logger.log(_STDLIB_LEVELS[level], event, fields=fields)


def _stamp(service: str, now: Callable[[], datetime]) -> Callable[[object, str, Fields], Fields]:
    def stamp(_logger: object, _method: str, line: Fields) -> Fields:
        event, fields = line["event"], line["fields"]
        head: dict[str, object] = {
            "timestamp": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": CATALOGUE[event].level.value if event in CATALOGUE else _method,
            "event": event,
            "service": service,
        }
        if trace := trace_id():
            head["trace_id"] = trace
        return {**head, **{name: value for name, value in fields.items() if name not in head}}

    return stamp


def _mask(_logger: object, _method: str, line: Fields) -> Fields:
    """Masks the fields. What `_stamp` puts before them is ours, and looked at in vain."""
    line["fields"] = mask_fields(_with_exception(dict(line["fields"])))
    return line


def _with_exception(fields: Fields) -> Fields:
    """The fields, and of an exception its kind, its message and its traceback without local variables."""
    error = fields.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        fields["error_kind"] = kind_of(error)
        fields["error"] = message_of(error)
        fields["traceback"] = traceback_of(error)[-_TRACEBACK_LIMIT:]
    return fields


def _json(line: Fields, **_options: object) -> str:
    return _ENCODER.encode(line)


_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, default=lambda value: mask_text(str(value)), separators=(",", ":")
)
