"""Loops over due rows: woken or by themselves, through outages, up to their bound, and with a graceful stop (E-5)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from chassis.background import Background
from chassis.due_rows import DueBatches, DueLoop, DueRows, Look, side_by_side
from chassis.errors import Unavailable
from chassis.telemetry import configure_logging

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5")]

HOUR = timedelta(hours=1)
NOW = timedelta(milliseconds=1)
PATIENCE = 60


@pytest.fixture(autouse=True)
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream)
    yield stream
    configure_logging("checkout", stream=io.StringIO())


class Table:
    """Rows that are due; each is worked on while `gate` is open, and can be made to fail."""

    def __init__(self, *rows: int) -> None:
        self.due = list(rows)
        self.looks = 0
        self.asked: list[int] = []
        self.done: list[int] = []
        self.cancelled: list[int] = []
        self.failures: dict[int, Exception] = {}
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def claim(self, room: int) -> list[int]:
        self.asked.append(room)
        if self.away:
            raise Unavailable("database: gone")
        taken, self.due = self.due[:room], self.due[room:]
        return taken

    async def work(self, row: int) -> None:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(row)
            raise
        if row in self.failures:
            raise self.failures[row]
        self.done.append(row)

    async def take(self) -> int:
        rows = await self.claim(2)
        for row in rows:
            await self.work(row)
        return len(rows)

    async def look(self) -> bool:
        self.looks += 1
        return bool(self.due)

    def rows(self, *, at_once: int = 2, poll: timedelta = HOUR, look: Look | None = None) -> DueRows[int]:
        return DueRows("sample rows", claim=self.claim, work=self.work, at_once=at_once, poll=poll, look=look)

    def batches(self, *, poll: timedelta = HOUR, look: Look | None = None) -> DueBatches:
        return DueBatches("sample batches", take=self.take, batch=2, poll=poll, look=look)


@asynccontextmanager
async def running(loop: DueLoop) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(loop.run())
    try:
        yield task
    finally:
        loop.stop()
        await asyncio.wait({task}, timeout=PATIENCE)
        task.cancel()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.001)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_it_goes_on_while_there_is_more_and_then_rests_until_woken(form: Callable[[Table], DueLoop]) -> None:
    table = Table(1, 2, 3, 4, 5)
    loop = form(table)
    async with running(loop):
        await until(lambda: sorted(table.done) == [1, 2, 3, 4, 5])
        await settle()
        asked = len(table.asked)
        table.due = [6]
        await settle()
        assert len(table.asked) == asked
        loop.wake()
        await until(lambda: 6 in table.done)


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_what_falls_due_by_itself_is_found_by_the_poll(form: Callable[..., DueLoop]) -> None:
    table = Table()
    async with running(form(table, poll=NOW)):
        await until(lambda: len(table.asked) > 2)
        table.due = [1]
        await until(lambda: table.done == [1])


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_an_outage_is_told_once_and_passes(form: Callable[..., DueLoop], lines: io.StringIO) -> None:
    table = Table(1, 2, 3)
    table.away = True
    async with running(form(table, poll=NOW)):
        await until(lambda: len(table.asked) > 5)
        table.away = False
        await until(lambda: sorted(table.done) == [1, 2, 3])
    assert lines.getvalue().count("background_task_unavailable") == 1


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_a_poll_looks_before_it_takes(form: Callable[..., DueLoop]) -> None:
    table = Table()
    async with running(form(table, poll=NOW, look=table.look)):
        await until(lambda: table.looks > 5)
        assert len(table.asked) == 1, "its first turn; nothing was due since"
        table.due = [1]
        await until(lambda: table.done == [1])


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_one_that_is_woken_takes_without_a_look(form: Callable[..., DueLoop]) -> None:
    table = Table()
    loop = form(table, look=table.look)
    async with running(loop):
        await until(lambda: len(table.asked) == 1)
        await settle()
        loop.wake()
        await until(lambda: len(table.asked) == 2)
    assert table.looks == 0


async def test_sleeps_grow_while_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    table, sleeps, timeout = Table(), list[float](), asyncio.timeout

    def shortened(seconds: float) -> asyncio.Timeout:
        if seconds == PATIENCE:
            return timeout(seconds)
        sleeps.append(seconds)
        return timeout(0)

    monkeypatch.setattr(asyncio, "timeout", shortened)
    loop = table.batches(poll=timedelta(seconds=1))
    loop.doze(timedelta(seconds=4))
    async with running(loop):
        await until(lambda: len(sleeps) > 5)
        assert sleeps[:5] == [1, 2, 4, 4, 4]
        table.due = [1]
        await until(lambda: table.done == [1] and sleeps.count(1) == 2)


async def test_a_mistake_in_a_claim_is_not_an_outage() -> None:
    async def claim(_room: int) -> list[int]:
        raise ValueError("a mistake")

    table = Table()
    with pytest.raises(ValueError, match="a mistake"):
        await DueRows("sample rows", claim=claim, work=table.work, at_once=2, poll=HOUR).run()


async def test_rows_are_claimed_while_there_is_room_beside_those_under_way() -> None:
    table = Table(1, 2, 3)
    slow, ended = asyncio.Event(), list[int]()

    async def work(row: int) -> None:
        if row == 1:
            await slow.wait()
        ended.append(row)

    rows = DueRows("sample rows", claim=table.claim, work=work, at_once=2, poll=HOUR)
    async with running(rows):
        await until(lambda: ended == [2, 3] and rows.under_way == 1)
        assert max(table.asked) == 2
        slow.set()
        await until(lambda: ended == [2, 3, 1])


async def test_a_row_that_fails_stops_no_other(lines: io.StringIO) -> None:
    table = Table(1, 2, 3)
    table.failures = {1: ValueError("a mistake"), 2: Unavailable("vendor: away")}
    async with running(table.rows()):
        await until(lambda: table.done == [3])
    told = lines.getvalue()
    assert told.count("background_task_failed") == 1
    assert told.count("background_task_unavailable") == 1


@pytest.mark.parametrize("form", [Table.rows, Table.batches])
async def test_a_stop_lets_what_is_under_way_end_and_takes_nothing_more(form: Callable[[Table], DueLoop]) -> None:
    table = Table(1, 2, 3, 4)
    table.gate.clear()
    loop = form(table)
    background = Background()
    background.keep(loop)
    async with background:
        await settle()
        stopping = asyncio.create_task(background.stop())
        await settle()
        assert not stopping.done()
        table.gate.set()
        await stopping
    assert (table.done, table.due) == ([1, 2], [3, 4])


@pytest.mark.parametrize("asked_to_stop", [True, False])
async def test_cancelled_it_cancels_what_is_under_way(*, asked_to_stop: bool) -> None:
    table = Table(1, 2)
    table.gate.clear()
    rows = table.rows()
    async with running(rows) as task:
        await settle()
        if asked_to_stop:
            rows.stop()
            await settle()
        task.cancel()
        await asyncio.wait({task})
        await settle()
    assert sorted(table.cancelled) == [1, 2]


async def test_a_wake_while_it_works_is_not_lost() -> None:
    table = Table(1)
    table.gate.clear()
    batches = table.batches()
    async with running(batches):
        await settle()
        table.due = [2]
        batches.wake()
        table.gate.set()
        await until(lambda: table.done == [1, 2])


async def test_side_by_side_keeps_its_bound_and_ends_all_before_it_raises() -> None:
    busy, most, ended = 0, 0, list[int]()

    async def work(row: int) -> int:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await settle()
        busy -= 1
        if row == 0:
            raise ValueError("a mistake")
        ended.append(row)
        return row

    with pytest.raises(ValueError, match="a mistake"):
        await side_by_side(work, range(5), at_once=2)
    assert (most, ended) == (2, [1, 2, 3, 4])
    assert await side_by_side(work, [7, 8], at_once=2) == [7, 8]
