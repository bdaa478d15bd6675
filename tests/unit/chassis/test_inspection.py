"""Looks into this process: what they show, and what they never do."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.inspection import frames
from chassis.inspection.heap import heap
from chassis.inspection.profiling import profile
from chassis.inspection.statements import without_values
from chassis.inspection.watching import watch

pytestmark = pytest.mark.proves("O-6")

SECRET = "correct-horse-battery"


async def wait_for_stock(done: asyncio.Event, secret: str) -> None:
    remembered = f"{secret}!"
    await done.wait()
    assert remembered


async def serve(done: asyncio.Event) -> None:
    await wait_for_stock(done, SECRET)


@asynccontextmanager
async def waiting(count: int, name: str | None = None) -> AsyncIterator[None]:
    done = asyncio.Event()
    tasks = [asyncio.create_task(serve(done), name=name) for _ in range(count)]
    await asyncio.sleep(0)
    yield
    done.set()
    await asyncio.gather(*tasks)


@pytest.mark.asyncio
async def test_tasks_that_wait_at_the_same_place_are_one_stack() -> None:
    async with waiting(3):
        seen = frames.stacks()
    (stack,) = [each for each in seen.tasks if each.names[0] == "serve"]
    assert stack.count == 3
    assert [frame.rpartition(" ")[2] for frame in stack.frames] == ["serve", "wait_for_stock", "Event.wait"]
    assert all(frame.split(":")[0] in {__name__, "asyncio.locks"} for frame in stack.frames)
    assert SECRET not in seen.model_dump_json()


@pytest.mark.asyncio
async def test_tasks_are_counted_by_name_and_say_where_they_wait() -> None:
    async with waiting(2, name="mail to pat@example.com"):
        found = frames.tasks()
    (group,) = [each for each in found.groups if each.name.startswith("mail")]
    assert (group.name, group.count) == ("mail to p***@example.com", 2)
    assert group.waits_at.startswith("asyncio.locks:")
    assert found.total == 3


@pytest.mark.asyncio
async def test_a_thread_shows_where_it_stands() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="uploader", daemon=True)
    thread.start()
    try:
        found = frames.stacks().threads
    finally:
        done.set()
        thread.join()
    (stack,) = [each for each in found if each.names == ["uploader"]]
    assert stack.frames[-1].startswith("threading:")


def spin() -> int:
    return sum(number * number for number in range(2000))


@pytest.mark.asyncio
async def test_a_profile_finds_what_takes_the_time_and_leaves_the_process_as_it_was() -> None:
    async def work() -> None:
        while True:
            spin()
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    found, watched = await profile(0.5)
    task.cancel()
    assert not watched.early
    assert found.samples > 0
    assert "spin" in found.tree
    assert "spin" in {frame["name"] for frame in found.speedscope["shared"]["frames"]}
    assert threading.getprofile() is None


class Leaked:
    """What a leak keeps."""


@pytest.mark.asyncio
async def test_the_heap_names_the_type_that_grows_and_the_line_that_makes_it() -> None:
    kept: list[object] = []

    async def leak() -> None:
        while True:
            kept.append((Leaked(), bytes(1000)))
            await asyncio.sleep(0.001)

    task = asyncio.create_task(leak())
    found, _watched = await heap(0.5)
    task.cancel()
    (grown,) = [each for each in found.types if each.type == f"{__name__}.Leaked"]
    assert grown.grown > 0
    assert "test_inspection.py" in found.places[0].frames[-1]
    assert found.places[0].bytes > 1000
    assert not tracemalloc.is_tracing()
    assert gc.isenabled()


@pytest.mark.asyncio
async def test_a_look_ends_early_when_there_is_enough_or_the_loop_falls_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await watch(60, enough=lambda: True)).early
    monkeypatch.setattr("chassis.inspection.watching._TOO_LATE", -1.0)
    assert (await watch(60)).early
    monkeypatch.undo()
    monkeypatch.setattr("chassis.inspection.watching.leaving", lambda: True)
    assert (await watch(60)).early
    assert not (await watch(0)).early


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT id FROM orders WHERE id = $1 AND tier = 'ga'", "SELECT id FROM orders WHERE id = $1 AND tier = ?"),
        ("SELECT 'it''s', E'a\\'b', B'01', U&'x', 4.5e3, 0x1F", "SELECT ?, ?, ?, ?, ?, ?"),
        ('SELECT "it\'s" FROM a2 -- pat@example.com', 'SELECT "it\'s" FROM a2'),
        ("SELECT $q$ pat $q$, $$ x $$ /* secret */ FROM t", "SELECT ?, ? FROM t"),
        ("UPDATE t SET x = 'cut off in the mid", "UPDATE t SET x = ?"),
        ("SELECT\n  a\nFROM b", "SELECT a FROM b"),
    ],
)
def test_a_statement_is_shown_without_its_values(sql: str, shown: str) -> None:
    assert without_values(sql) == shown


@given(value=st.text(max_size=30), cut=st.integers(0, 20))
def test_no_literal_ever_shows(value: str, cut: int) -> None:
    literal = "'" + f"pat{value}pat".replace("'", "''") + "'"
    sql = f"SELECT a FROM b WHERE c = {literal} AND d = 1"
    assert "pat" not in without_values(sql[: len(sql) - cut])
