"""Playbooks about slow answers and growing memory, rehearsed with `fullhouse debug` on a running service."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from chassis.database import open_session
from stack import databases
from tests.fixtures.hands import ask
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3", "O-6")]

SERVICE = "inventory"
PATIENCE = 180


async def until(seen: Callable[[], str], wanted: Callable[[str], bool]) -> str:
    """What is shown, once it is as it should be."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(shown := await asyncio.to_thread(seen)):
        assert time.monotonic() < deadline, shown
    return shown


@asynccontextmanager
async def forgotten(stack: WholeStack) -> AsyncIterator[int]:
    """Somebody's transaction that holds the pools and does nothing; its pid."""
    person = await open_session(stack.database_url(SERVICE), application="somebody", silence_seconds=PATIENCE)
    for statement in ("BEGIN", "LOCK TABLE pools IN ACCESS EXCLUSIVE MODE"):
        await person.fetch(statement)
    try:
        yield await person.fetchval("SELECT pg_backend_pid()")
    finally:
        await person.close()


@pytest.mark.asyncio
async def test_slow_api(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="slow-api", words={"SERVICE": SERVICE})
    async with forgotten(stack) as pid:
        seen = await until(rehearsal.look, lambda shown: f"BLOCKED BY {pid}" in shown and "slow_query" in shown)
        assert re.search(rf"^ *{pid} somebody idle in transaction", seen, re.MULTILINE)
        assert "samples in" in seen
        databases.sql(stack.database_url(SERVICE), f"SELECT pg_terminate_backend({pid})")
        acted = await asyncio.to_thread(rehearsal.act)
        assert "database-maintenance" in acted
    await until(rehearsal.verify, lambda shown: "BLOCKED" not in shown)


@contextmanager
def visitors(stack: WholeStack) -> Iterator[None]:
    """People who look at the stock all the time."""
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            ask(f"{stack.gateway_url}/api/inventory")

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def pids(shown: str) -> set[str]:
    return set(re.findall(r"\(pid (\d+)\)", shown))


def test_memory_leak(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="memory-leak", words={"SERVICE": SERVICE})
    with visitors(stack):
        seen = rehearsal.look()
    assert "Objects that became more:" in seen
    assert re.search(r"^ +\+\d+ of +\d+  \w+", seen, re.MULTILINE)
    assert re.search(r"^ +[\d.]+ kB in \d+ blocks", seen, re.MULTILINE)
    stack.stop(SERVICE)
    stack.start(SERVICE)
    assert not pids(rehearsal.verify()) & pids(seen)
