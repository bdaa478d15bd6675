"""Passes log lines of libraries (stdlib logging) on in our form, and limits their number.

While a broker is unreachable the Kafka clients log about 100 lines a second. Of each kind of line only the first few in
ten seconds pass; one line says how many did not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chassis.telemetry.names import Level

WINDOW: Final = 10.0  # seconds
PASSED_PER_WINDOW: Final = 3

Emit = Callable[[Level, str, dict[str, object]], None]


@dataclass(slots=True)
class _Window:
    began: float
    lines: int = 0


class LibraryHandler(logging.Handler):
    """A stdlib handler that passes library lines to `emit` as `library_error` or `library_warning`."""

    def __init__(self, emit: Emit, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._emit_line = emit
        self._monotonic = monotonic
        self._windows: dict[tuple[str, str], _Window] = {}

    def emit(self, record: logging.LogRecord) -> None:
        # The unformatted message is the kind of line: its arguments (node ids, addresses) differ each time.
        kind = (record.name, str(record.msg)[:80])
        window = self._window(kind)
        window.lines += 1
        if window.lines > PASSED_PER_WINDOW:
            return
        failed = record.levelno >= logging.ERROR
        fields: dict[str, object] = {"logger": record.name, "message": self._message(record)}
        if record.exc_info and record.exc_info[1]:
            fields["exc_info"] = record.exc_info[1]
        self._emit_line(*((Level.ERROR, "library_error") if failed else (Level.WARN, "library_warning")), fields)

    def _window(self, kind: tuple[str, str]) -> _Window:
        now = self._monotonic()
        window = self._windows.get(kind)
        if window is not None and now - window.began < WINDOW:
            return window
        if window is not None and window.lines > PASSED_PER_WINDOW:
            fields: dict[str, object] = {"logger": kind[0], "message": kind[1]}
            fields["suppressed"] = window.lines - PASSED_PER_WINDOW
            self._emit_line(Level.WARN, "library_lines_suppressed", fields)
        self._forget(now)
        return self._windows.setdefault(kind, _Window(now))

    def _forget(self, now: float) -> None:
        """Drops windows that are over, so that the table stays small."""
        self._windows = {kind: window for kind, window in self._windows.items() if now - window.began < WINDOW}

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError):
            return str(record.msg)
