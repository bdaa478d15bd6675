"""Stored events and their workers: together, once, and each with its own fate (C-4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.ids import uuid7
from checkout.webhooks.domain import read_event
from checkout.webhooks.errors import Refused
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.workers import Incoming, WebhookWorker
from eventbus import Outbox
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("C-4", "E-4")
async def test_workers_slower_than_their_lease_handle_an_event_once(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("checkout"), application="test")
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    handled: list[str] = []

    async def handle(tx: Transaction, incoming: Incoming) -> None:
        tx.after_commit(partial(handled.append, incoming.stored.event_id))
        await asyncio.sleep(0.05)
        if incoming.stored.type == "refused":
            raise Refused("never")

    async def fetch(_path: str) -> dict[str, Any]:
        raise AssertionError("nothing is to be fetched here")

    worker = WebhookWorker(
        database=database,
        handlers={"fine": handle, "refused": handle},
        fetch=fetch,
        outbox=outbox,
        clock=SystemClock(),
        lease=timedelta(0),
    )
    inbox = WebhookInbox(database, clock=SystemClock(), wake=worker.due.wake)
    for kind in ("fine", "refused"):
        named = {"id": kind, "object": "event", "type": kind, "livemode": False, "created": 1}
        await inbox.add(read_event(json.dumps({**named, "data": {"object": {}}}).encode()))
    await asyncio.gather(*(worker.work() for _ in range(3)))
    rows = await database.fetch("SELECT event_id, state, attempts FROM webhook_events ORDER BY event_id")
    assert [tuple(row.values()) for row in rows] == [("fine", "done", 0), ("refused", "failed", 1)]
    assert handled.count("fine") == 1
    assert await database.fetchval("SELECT count(*) FROM outbox") == 1
    await database.close()


@pytest.mark.proves("C-4")
async def test_what_waits_together_is_handled_in_one_transaction(make_database: MakeDatabase) -> None:
    async with _raw_store(make_database) as (database, worker, handled):
        await _store(database, ["evt_1", "evt_2", "evt_3"])
        assert await worker.work() == 3
        assert len({transaction for _, transaction in handled}) == 1
        assert await _states(database) == dict.fromkeys(["evt_1", "evt_2", "evt_3"], "done")


@pytest.mark.proves("C-4")
async def test_one_that_fails_among_them_has_its_own_fate(make_database: MakeDatabase) -> None:
    async with _raw_store(make_database, refused="evt_2") as (database, worker, _):
        await _store(database, ["evt_1", "evt_2", "evt_3"])
        await worker.work()
        assert await _states(database) == {"evt_1": "done", "evt_2": "failed", "evt_3": "done"}
        # What the common try did was undone: each of the others has worked once.
        rows = await database.fetch("SELECT event_id FROM webhook_events WHERE order_id IS NOT NULL ORDER BY event_id")
        assert [row["event_id"] for row in rows] == ["evt_1", "evt_3"]


@asynccontextmanager
async def _raw_store(
    make_database: MakeDatabase, *, refused: str | None = None
) -> AsyncIterator[tuple[Database, WebhookWorker, list[tuple[str, str]]]]:
    """A worker whose handler notes the transaction that it was called in."""
    database = await Database.connect(make_database("checkout"), application="test")
    handled: list[tuple[str, str]] = []

    async def handle(tx: Transaction, incoming: Incoming) -> UUID:
        if incoming.stored.event_id == refused:
            raise Refused("never")
        handled.append((incoming.stored.event_id, await tx.fetchval("SELECT pg_current_xact_id()::text")))
        return uuid7()

    async def fetch(_path: str) -> dict[str, Any]:
        raise AssertionError("no event here is thin")

    clock = SystemClock()
    worker = WebhookWorker(
        database=database,
        handlers={"test.happened": handle},
        fetch=fetch,
        outbox=Outbox(source="checkout", clock=clock, wake=lambda: None),
        clock=clock,
    )
    try:
        yield database, worker, handled
    finally:
        await database.close()


async def _store(database: Database, event_ids: list[str]) -> None:
    inbox = WebhookInbox(database, clock=SystemClock(), wake=lambda: None)
    for event_id in event_ids:
        event = {"object": "event", "id": event_id, "type": "test.happened", "livemode": False, "created": 1}
        await inbox.add(read_event(json.dumps({**event, "data": {"object": {"id": f"of_{event_id}"}}}).encode()))


async def _states(database: Database) -> dict[str, str]:
    rows = await database.fetch("SELECT event_id, state FROM webhook_events ORDER BY event_id")
    return {row["event_id"]: row["state"] for row in rows}
