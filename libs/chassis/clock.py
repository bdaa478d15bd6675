"""The clock, passed to whatever needs the time, so that tests can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

# A fixed, unremarkable Saturday: tests that don't care about the date all start here.
TEST_EPOCH: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def utc_text(moment: datetime) -> str:
    """The moment as ISO 8601 in UTC with `Z`, the form in which every interface writes times."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Clock(Protocol):
    """Tells the time and sleeps.

    `now` is aware UTC; `monotonic` is in seconds and never goes back; `sleep` wakes by the same clock.
    """

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, duration: timedelta) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(0.0, duration.total_seconds()))


class ManualClock:
    """A clock for tests: it stands still until `advance` moves it, and wakes sleepers in due order."""

    def __init__(self, start: datetime = TEST_EPOCH) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be aware")
        self._start = start.astimezone(UTC)
        self._now = self._start
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def advance(self, duration: timedelta) -> None:
        """Moves time forward and wakes the sleepers that are due; they run when the caller next awaits."""
        if duration < timedelta(0):
            raise ValueError("a clock doesn't go back")
        self._now += duration
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self._now]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self._now]
        for _, future in sorted(due, key=lambda sleeper: sleeper[0]):
            if not future.done():
                future.set_result(None)

    async def sleep(self, duration: timedelta) -> None:
        if duration <= timedelta(0):
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + duration, future))
        await future
