"""Log lines in files of their own, a day, a service and a level each, so that each level is kept as long as M-15 says.

A line goes to stdout in any case; a file that can't be written (a full disk) stops nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Self

from chassis.telemetry.names import Level

_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.([a-z]+)\.(error|warn|info)\.jsonl")
_OWN_ONLY: Final = 0o640


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One file of lines.

    path: where it is
    day: the day (UTC) of its lines
    service: whose they are
    level: the level of all of them
    """

    path: Path
    day: date
    service: str
    level: Level

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """By its name; None for a file that is not one of ours."""
        found = _NAME.fullmatch(path.name)
        if found is None:
            return None
        with suppress(ValueError):
            return cls(path=path, day=date.fromisoformat(found[1]), service=found[2], level=Level(found[3]))
        return None

    def expired(self, today: date) -> bool:
        """Whether all of its lines are older than their level is kept."""
        return today - self.day > self.level.retention


def log_files(folder: Path) -> list[LogFile]:
    """Those of a folder, the oldest first."""
    found = (LogFile.of(path) for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted((file for file in found if file), key=lambda file: (file.day, file.path.name))


def remove_expired(folder: Path, *, today: date) -> list[LogFile]:
    """Removes what is older than its level is kept, and returns what it removed."""
    expired = [file for file in log_files(folder) if file.expired(today)]
    for file in expired:
        file.path.unlink(missing_ok=True)
    return expired


class LogFolder:
    """Where a process's lines go beside stdout. Processes of a service share its files: each line is one write."""

    def __init__(self, folder: Path, service: str, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._service = service
        self._now = now
        self._day: date | None = None
        self._open: dict[Level, int] = {}

    def write(self, level: Level, line: str) -> None:
        """Appends the line to the file of this day and level."""
        with suppress(OSError):
            os.write(self._file(level), f"{line}\n".encode(errors="replace"))

    def close(self) -> None:
        """Leaves the files; a later line opens them anew."""
        for descriptor in self._files():
            os.close(descriptor)

    def _file(self, level: Level) -> int:
        today = self._now().date()
        if today != self._day:
            self.close()
            self._day = today
        if level not in self._open:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{today}.{self._service}.{level}.jsonl"
            self._open[level] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _OWN_ONLY)
        return self._open[level]

    def _files(self) -> Iterator[int]:
        while self._open:
            yield self._open.popitem()[1]
