"""Loops over rows that are due: any process may claim them, and another one takes over from a process that dies.

A user is one declaration, and `background.keep` of it::

    attempts = DueRows("payment attempts", claim=claim, work=settle, at_once=20, poll=timedelta(seconds=1))

`DueRows` is for calls to vendors: a committed claim gives rows to this process for a lease, and each is worked on by
itself, outside any transaction. `DueBatches` is for rows that are taken and settled a batch at a time, in as few
transactions as possible.

Both sleep until they are woken or until their next poll. An outage is logged once, counts against no row, and ends with
the first try that succeeds.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, Generic, TypeVar

from chassis.database_outages import is_outage
from chassis.outages import OutageLog
from chassis.telemetry import get_logger

log = get_logger()

Row = TypeVar("Row")
Result = TypeVar("Result")
# Whether anything is due.
Look = Callable[[], Awaitable[bool]]

_NONE: Final = timedelta(0)


def claim_sql(table: str, key: str, columns: str, *, also: str = "", only: str = "true") -> str:
    """The statement that takes up to `$1` rows whose `due_at` has come, for a lease of `$2`; no two take the same.

    key: the columns that tell rows apart; columns: what it gives of each; also: what else it sets; only: of which rows.
    All are names and conditions of our own code.
    """
    return f"""
        UPDATE {table} SET {", ".join(filter(None, ["due_at = app_now() + $2", also]))}
        WHERE ({key}) IN (
            SELECT {key} FROM {table} WHERE due_at <= app_now() AND {only}
            ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
        )
        RETURNING {columns}
    """  # noqa: S608


class DueLoop(ABC):
    """Takes what is due while there is more, and sleeps in between.

    `poll`: how long it sleeps when nobody wakes it; then `look` says whether taking is worth its while, and costs
    less. `gather`: how long it waits after a wake-up for other rows to become due. `grace`: how long a stop waits for
    what is under way.
    """

    def __init__(
        self,
        name: str,
        *,
        poll: timedelta,
        look: Look | None = None,
        gather: timedelta = _NONE,
        grace: timedelta = _NONE,
    ) -> None:
        self.name = name
        self.grace = grace
        self._poll = self._longest = self._pause = poll.total_seconds()
        self._look = look
        self._gather = gather.total_seconds()
        self._under_way: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = False
        self._outages = OutageLog(self._say)

    def wake(self) -> None:
        """Tells the loop that something may be due now."""
        self._woken.set()

    def doze(self, longest: timedelta) -> None:
        """Makes sleeps longer, up to `longest`, while nothing is found: for a process that is woken when rows come."""
        self._longest = longest.total_seconds()

    def stop(self) -> None:
        """Stops taking rows; `run` returns when what is under way has ended."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Works until `stop`; a cancel also cancels what is under way. Raises a claim's errors, except outages."""
        polled = False
        try:
            while not self._stopping:
                self._woken.clear()
                polled = not await self._take_or_tell(polled=polled) and not await self._woken_up()
        except asyncio.CancelledError:
            self._abandon()
            raise
        finally:
            await self._drain()

    @abstractmethod
    async def _take(self) -> bool:
        """Takes what is due; True when more may be due right now."""

    async def _take_or_tell(self, *, polled: bool) -> bool:
        try:
            if polled and self._look is not None and not await self._look():
                return False
            return await self._take()
        except Exception as error:
            if not is_outage(error):
                raise
            self._outages.tell(str(error))
            return False

    async def _woken_up(self) -> bool:
        """Sleeps; False when it was until the next poll."""
        try:
            async with asyncio.timeout(self._pause):
                await self._woken.wait()
        except TimeoutError:
            self._pause = min(2 * self._pause, self._longest)
            return False
        self._found_some()
        if self._gather and not self._stopping:
            await asyncio.sleep(self._gather)
        return True

    def _found_some(self) -> None:
        self._pause = self._poll

    def _abandon(self) -> None:
        for task in self._under_way:
            task.cancel()

    async def _drain(self) -> None:
        if not self._under_way:
            return
        try:
            await asyncio.wait(self._under_way)
        except asyncio.CancelledError:
            self._abandon()
            raise

    def _say(self, reason: str) -> None:
        log.warning("background_task_unavailable", task=self.name, reason=reason)


class DueBatches(DueLoop):
    """Calls `take`, which works on up to `batch` rows and returns their number, again after each full batch.

    A stop waits up to the grace for a `take` under way.
    """

    def __init__(
        self,
        name: str,
        *,
        take: Callable[[], Awaitable[int]],
        batch: int,
        poll: timedelta,
        look: Look | None = None,
        gather: timedelta = _NONE,
        grace: timedelta = timedelta(seconds=5),
    ) -> None:
        super().__init__(name, poll=poll, look=look, gather=gather, grace=grace)
        self._take_batch = take
        self._batch = batch

    async def _take(self) -> bool:
        taken = await self._take_batch()
        if taken:
            self._found_some()
        return taken >= self._batch


class DueRows(DueLoop, Generic[Row]):
    """Claims rows while fewer than `at_once` are under way, and works on each in a task of its own.

    `claim` gets the number of free places and returns at most so many rows, each claimed for a lease. A row whose work
    fails is due again when its lease ends, and stops no other. `pause`: the least time from a claim that found rows to
    the next, so that rows that end together share one. The first claim waits for `ready`.
    """

    def __init__(
        self,
        name: str,
        *,
        claim: Callable[[int], Awaitable[Sequence[Row]]],
        work: Callable[[Row], Awaitable[None]],
        at_once: int,
        poll: timedelta,
        look: Look | None = None,
        pause: timedelta = _NONE,
        ready: Callable[[], Awaitable[object]] | None = None,
        grace: timedelta = timedelta(seconds=5),
    ) -> None:
        super().__init__(name, poll=poll, look=look, grace=grace)
        self._ready = ready
        self._claim = claim
        self._work = work
        self._at_once = at_once
        self._between = pause.total_seconds()

    @property
    def under_way(self) -> int:
        """The number of rows that are being worked on."""
        return len(self._under_way)

    async def run(self) -> None:
        if self._ready is not None:
            await self._ready()
        await super().run()

    async def _take(self) -> bool:
        room = self._at_once - self.under_way
        rows = await self._claim(room) if room > 0 else ()
        if rows:
            self._found_some()
        for row in rows:
            task = asyncio.create_task(self._work_on(row))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if rows and self._between:
            await asyncio.sleep(self._between)
        return 0 < room <= len(rows)

    async def _work_on(self, row: Row) -> None:
        try:
            await self._work(row)
        except Exception as error:
            if is_outage(error):
                self._outages.tell(str(error))
            else:
                log.exception("background_task_failed", task=self.name)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()


async def side_by_side(work: Callable[[Row], Awaitable[Result]], rows: Sequence[Row], *, at_once: int) -> list[Result]:
    """Works on all rows, at most `at_once` at a time; when all have ended, raises the first error."""
    free = asyncio.Semaphore(at_once)

    async def within(row: Row) -> Result:
        async with free:
            return await work(row)

    ended = await asyncio.gather(*map(within, rows), return_exceptions=True)
    return [_result(each) for each in ended]


def _result(ended: Result | BaseException) -> Result:
    if isinstance(ended, BaseException):
        raise ended
    return ended
