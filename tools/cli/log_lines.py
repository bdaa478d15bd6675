"""Reads the log lines that services keep in files, in the order of their times."""

from __future__ import annotations

import heapq
import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from chassis.telemetry.files import LogFile
    from chassis.telemetry.views import LogView

Line = Mapping[str, Any]
_LOOK_SECONDS: Final = 0.5
_HEAD: Final = ("timestamp", "level", "event", "service", "trace_id", "traceback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are asked for.

    view: what they are about
    services: whose; everybody's, when none is named
    since, until: ISO 8601 in UTC, as the lines have it; from then on, and before
    """

    view: LogView
    services: Sequence[str]
    since: str
    until: str

    def has_file(self, file: LogFile) -> bool:
        """Whether a file may have such lines."""
        first, last = date.fromisoformat(self.since[:10]), date.fromisoformat(self.until[:10])
        level = self.view.level
        return (
            first <= file.day <= last
            and (level is None or file.level == level)
            and (not self.services or file.service in self.services)
        )

    def fits(self, line: Line) -> bool:
        """Whether a line is one of those."""
        return self.since <= str(line.get("timestamp", "")) < self.until and self.view.shows(line)


def last_lines(files: Sequence[LogFile], wanted: Wanted, *, most: int) -> list[Line]:
    """The newest that fit, oldest first."""
    fitting = ((line for line in _read(file.path) if wanted.fits(line)) for file in files if wanted.has_file(file))
    return list(deque(heapq.merge(*fitting, key=_time), maxlen=most))


def new_lines(folder: Path, wanted: Wanted) -> Iterator[Line]:
    """Whatever is written from this call on; it never ends."""
    from chassis.telemetry.files import log_files

    return _follow(folder, wanted, {file.path: file.path.stat().st_size for file in log_files(folder)})


def _follow(folder: Path, wanted: Wanted, ends: dict[Path, int]) -> Iterator[Line]:
    from chassis.telemetry.files import log_files

    while True:
        found: list[Line] = []
        for file in filter(wanted.has_file, log_files(folder)):
            begin = ends.get(file.path, 0)
            text = _from(file.path, begin)
            ends[file.path] = begin + len(text)
            found += filter(wanted.fits, _lines(text.splitlines()))
        yield from sorted(found, key=_time)
        time.sleep(_LOOK_SECONDS)


def as_text(line: Line) -> str:
    """`2026-11-29T07:12:03.120Z ERROR checkout request_failed method=GET route=/ trace_id=0af7…`"""
    from cli.services import plain

    facts = " ".join(f"{name}={_short(value)}" for name, value in line.items() if name not in _HEAD)
    trace = f" trace_id={line['trace_id']}" if "trace_id" in line else ""
    head = f"{line['timestamp']} {str(line['level']).upper():5} {line['service']} {line['event']}"
    return plain(f"{head} {facts}".rstrip() + trace)


def _short(value: object) -> str:
    return value if isinstance(value, str) and value and " " not in value else json.dumps(value, ensure_ascii=False)


def _read(path: Path) -> Iterator[Line]:
    with path.open("rb") as lines:
        yield from _lines(lines)


def _lines(raw: Iterable[bytes]) -> Iterator[Line]:
    """Those that are whole: the last one of a process that was killed may not be."""
    for text in raw:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "timestamp" in line:
            yield line


def _from(path: Path, begin: int) -> bytes:
    """Whole lines only: the rest is read once it is there."""
    with path.open("rb") as file:
        file.seek(begin)
        text = file.read()
    return text[: text.rfind(b"\n") + 1]


def _time(line: Line) -> str:
    return str(line["timestamp"])
