"""Stored events and their workers: together, once, and each with its own fate (C-4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.ids import uuid7
from checkout.webhooks import store
from checkout.webhooks.domain import Incoming, Outcome, RawWebhook, StoredWebhook
from checkout.webhooks.errors import Refusal
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.sources import Handler, Registration
from checkout.webhooks.workers import WebhookWorker
from eventbus import Outbox
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.asyncio


class NeverLike(Refusal):
    code = "never_like_this"


class Till:
    """A processor whose webhooks hold the object that they are about."""

    def __init__(self, name: str = "till") -> None:
        self.name = name

    def accept(
        self,
        payload: bytes,  # noqa: ARG002 the port's names
        headers: Mapping[str, str],  # noqa: ARG002
        *,
        connected: bool = False,  # noqa: ARG002
    ) -> RawWebhook:
        raise AssertionError("nothing comes over HTTP here")

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        return webhook.document()

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:  # noqa: ARG002 the port's names
        raise AssertionError("nothing is to be fetched here")

    def shown(self, payload: bytes) -> Any:  # noqa: ARG002 the port's names
        raise AssertionError("nobody looks here")

    def line_of(self, subject: Mapping[str, Any]) -> str:
        return str(subject["id"])


@pytest.mark.proves("C-4", "E-4")
async def test_workers_slower_than_their_lease_handle_an_event_once(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("checkout"), application="test")
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    handled: list[str] = []

    async def handle(tx: Transaction, incoming: Incoming) -> Outcome:
        tx.after_commit(partial(handled.append, incoming.stored.event_id))
        await asyncio.sleep(0.05)
        if incoming.stored.type == "refused":
            raise NeverLike("never")
        return Outcome()

    worker = WebhookWorker(
        database=database,
        registered=[Registration(source=Till(), handlers={"fine": handle, "refused": handle})],
        outbox=outbox,
        clock=SystemClock(),
        lease=timedelta(0),
    )
    inbox = WebhookInbox(database, clock=SystemClock(), wake=worker.due.wake)
    for kind in ("fine", "refused"):
        await inbox.add(raw(kind, kind=kind))
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


@pytest.mark.proves("C-4")
async def test_each_processor_has_its_own_ids_and_handlers(make_database: MakeDatabase) -> None:
    """The same id from two processors is two webhooks, and what is told of each names who sent it."""
    database = await Database.connect(make_database("checkout"), application="test")

    async def settle(tx: Transaction, incoming: Incoming) -> Outcome:
        await tx.execute("SELECT 1")
        return Outcome()

    async def refuse(_tx: Transaction, _incoming: Incoming) -> Outcome:
        raise NeverLike("not at this till")

    worker = _worker(database, {"one": settle, "other": refuse})
    for processor in ("one", "other"):
        await _store(database, ["evt_1"], processor=processor)
    assert await worker.work() == 2
    found = await store.find(database, kind=None, since=None, state=None, order_id=None, before=None, limit=9)
    assert {(one.processor, one.state.value, one.cause) for one in found} == {
        ("one", "done", None),
        ("other", "failed", "never_like_this"),
    }
    told = json.loads(await database.fetchval("SELECT value FROM outbox"))
    assert (told["processor"], told["cause"], told["lastError"]) == ("other", "never_like_this", "not at this till")
    await database.close()


@asynccontextmanager
async def _raw_store(
    make_database: MakeDatabase, *, refused: str | None = None
) -> AsyncIterator[tuple[Database, WebhookWorker, list[tuple[str, str]]]]:
    """A worker whose handler notes the transaction that it was called in."""
    database = await Database.connect(make_database("checkout"), application="test")
    handled: list[tuple[str, str]] = []

    async def handle(tx: Transaction, incoming: Incoming) -> Outcome:
        if incoming.stored.event_id == refused:
            raise NeverLike("never")
        handled.append((incoming.stored.event_id, await tx.fetchval("SELECT pg_current_xact_id()::text")))
        return Outcome(order_id=uuid7())

    try:
        yield database, _worker(database, {"till": handle}), handled
    finally:
        await database.close()


def _worker(database: Database, handlers: Mapping[str, Handler]) -> WebhookWorker:
    """A worker for processors, each with its handler of `test.happened`."""
    clock = SystemClock()
    return WebhookWorker(
        database=database,
        registered=[
            Registration(source=Till(name), handlers={"test.happened": handler}) for name, handler in handlers.items()
        ],
        outbox=Outbox(source="checkout", clock=clock, wake=lambda: None),
        clock=clock,
    )


async def _store(database: Database, event_ids: list[str], *, processor: str = "till") -> None:
    inbox = WebhookInbox(database, clock=SystemClock(), wake=lambda: None)
    for event_id in event_ids:
        await inbox.add(raw(event_id, processor=processor))


def raw(event_id: str, *, kind: str = "test.happened", processor: str = "till") -> RawWebhook:
    return RawWebhook(
        processor=processor,
        event_id=event_id,
        occasion=event_id,
        type=kind,
        thin=False,
        live_mode=False,
        payload=json.dumps({"id": f"of_{event_id}"}).encode(),
        created_at=SystemClock().now(),
    )


async def _states(database: Database) -> dict[str, str]:
    rows = await database.fetch("SELECT event_id, state FROM webhook_events ORDER BY event_id")
    return {row["event_id"]: row["state"] for row in rows}
