"""What providers took at processors of their own is known once, by whoever tells of it (P-5, P-6)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from checkout.connections.domain import Connection
from checkout.connections.payments import ConnectionPayments
from checkout.connections.sealed import ConnectionChange
from checkout.connections.webhook_handlers import registrations
from checkout.connections.webhook_source import ConnectionSource, raw_webhook
from checkout.processors.domain import PaymentStatus
from checkout.providers.service import Providers
from checkout.traces import store as traces
from checkout.transactions import comparison_store, list_store, sync_store
from checkout.transactions.api import TransactionOut
from checkout.transactions.archive import KEPT, TransactionArchive
from checkout.transactions.comparing import Comparisons
from checkout.transactions.comparison import TOO_YOUNG, WEEK, ComparedState, ComparisonPart, comparison
from checkout.transactions.domain import KnownBy, Sighting
from checkout.transactions.list_store import TransactionFilter
from checkout.transactions.service import Transactions
from checkout.transactions.sync import SyncState, TransactionSync
from checkout.transactions.syncing import TransactionSyncs
from checkout.transactions.webhook_handlers import TransactionHandlers
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.workers import WebhookWorker
from eventbus import Outbox
from events import Event, PaymentExternalRecorded, PaymentSyncGapFilled, parse_event
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.connected import ACTOR, DEADLINE, Shop, open_shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-5", "P-6")]

_EARLIER: Final = timedelta(minutes=-30)


class Ledger:
    """The transactions of a shop's connections, and who hears of them and reads them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        outbox = Outbox(source="checkout", clock=shop.clock, wake=lambda: None)
        providers = Providers(outbox=outbox, currency="USD", clock=shop.clock)
        processors = {"corner": shop.processor}
        payments = ConnectionPayments(shop.connections, database=shop.database, processors=processors)
        source = ConnectionSource(shop.processor, payments, database=shop.database, clock=shop.clock)
        self.transactions = Transactions(providers, outbox=outbox, clock=shop.clock)
        self.worker = WebhookWorker(
            database=shop.database,
            registered=registrations([source], shop.results, TransactionHandlers(self.transactions).moved),
            outbox=outbox,
            clock=shop.clock,
        )
        self.syncs = TransactionSyncs(
            self.transactions, payments, database=shop.database, outbox=outbox, clock=shop.clock
        )
        self.comparisons = Comparisons(
            self.transactions, payments, database=shop.database, outbox=outbox, clock=shop.clock
        )
        self.archive = TransactionArchive(database=shop.database, clock=shop.clock)
        self._inbox = WebhookInbox(shop.database, clock=shop.clock, wake=lambda: None)

    async def hear(self, connection: Connection, **news: Any) -> None:
        """A webhook of Corner's comes, and is handled."""
        at = datetime.now(UTC).isoformat()
        payload = json.dumps({"id": f"evt-{uuid4()}", "account": connection.account_id, "at": at, **news}).encode()
        told = self.shop.processor.read_news(payload)
        await self._inbox.add(raw_webhook(connection, told, payload, live_mode=False))
        await self.worker.work()

    async def with_webhooks(self) -> Connection:
        connection = await self.shop.permitted()
        change = ConnectionChange(webhook_secret=SecretStr("secret-1"))
        async with self.shop.database.transaction() as tx:
            number = connection.connection_id
            return await self.shop.connections.change(tx, number, change, scope=None, actor=ACTOR)

    async def sync(self, connection: Connection, *, processes: int = 1) -> TransactionSync:
        """Has its payments read, by so many processes that all believe that it is theirs."""
        async with self.shop.database.transaction() as tx:
            await sync_store.cover(tx, now=self.shop.clock.now())
            await sync_store.bring_forward(tx, connection.connection_id, now=self.shop.clock.now())
        claimed = [each for each in await self.syncs.claim(100) if each.connection_id == connection.connection_id]
        await asyncio.gather(*(self.syncs.work(each) for each in claimed * processes))
        found = await sync_store.get(self.shop.database, connection.connection_id)
        assert found is not None
        return found

    async def compare(
        self, connection: Connection, *, dry_run: bool = False
    ) -> tuple[ComparisonPart, list[tuple[str, str, bool]]]:
        """How far its part is after every try, and what was found: payment, kind, and whether it is mended."""
        now = self.shop.clock.now()
        run = comparison(now, since=now - WEEK, started_by="test", provider_id=connection.provider_id, dry_run=dry_run)
        async with self.shop.database.transaction() as tx:
            assert await comparison_store.add(tx, run) == 1
        [part] = [each for each in await self.comparisons.claim(10) if each.run_id == run.run_id]
        while part.state is ComparedState.DUE:
            await self.comparisons.work(part)
            [part] = await comparison_store.parts(self.shop.database, run.run_id)
        found = await comparison_store.found(self.shop.database, run.run_id, limit=100)
        return part, [(each.payment_id, each.kind.value, each.mended) for _, each in found]

    async def archived(self, connection: Connection) -> list[tuple[int, bool]]:
        """Numbers of its transactions, and whether they are in the archive."""
        rows = await self.shop.database.fetch(
            "SELECT transaction_id, archived FROM all_external_transactions WHERE connection_id = $1",
            connection.connection_id,
        )
        return [(row["transaction_id"], row["archived"]) for row in rows]

    async def entries(self, connection: Connection) -> list[tuple[str, int, int]]:
        rows = await self.shop.database.fetch(
            """
            SELECT e.kind, e.amount, e.commission_ppm
            FROM transaction_entries e JOIN all_external_transactions t USING (transaction_id)
            WHERE t.connection_id = $1 ORDER BY e.entry_id
            """,
            connection.connection_id,
        )
        return [(row["kind"], row["amount"], row["commission_ppm"]) for row in rows]

    async def told(self, connection: Connection) -> list[PaymentExternalRecorded]:
        found = await self._told(connection, PaymentExternalRecorded.type, "transactionId")
        return [each for each in found if isinstance(each, PaymentExternalRecorded)]

    async def gaps(self, connection: Connection) -> list[tuple[int, int]]:
        found = await self._told(connection, PaymentSyncGapFilled.type, "missing")
        return [(each.missing, each.outdated) for each in found if isinstance(each, PaymentSyncGapFilled)]

    async def failed(self, payment: str) -> int:
        """How often people were told that somebody must look at a payment."""
        sql = "SELECT count(*) FROM outbox WHERE topic = 'payments' AND key = $1"
        found: int = await self.shop.database.fetchval(sql, payment.encode())
        return found

    async def _told(self, connection: Connection, kind: str, field: str) -> list[Event]:
        """Those whose values have the field."""
        rows = await self.shop.database.fetch(
            "SELECT value FROM outbox WHERE topic = 'payments' AND key = $1 ORDER BY id",
            str(connection.connection_id).encode(),
        )
        return [parse_event(kind, row["value"]) for row in rows if f'"{field}"'.encode() in row["value"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ledger(postgres: str) -> AsyncIterator[Ledger]:
    with fresh_databases(postgres) as make_database:
        async with open_shop(make_database("checkout")) as shop:
            yield Ledger(shop)


async def test_webhooks_of_a_payment_its_refund_and_its_dispute_are_in_the_ledger_once(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await shop.permitted()
    assert connection.account_id is not None
    sold = shop.corner.sell(connection.account_id, 8_000, at=datetime.now(UTC) + _EARLIER)
    moments = dict.fromkeys(("opened_at", "changed_at"), datetime.now(UTC).isoformat())
    dispute = {"dispute_id": "d-1", "payment_id": sold["id"], "amount": 6_000, "currency": "USD", "status": "open"}
    dispute |= moments
    paid = dict(sold)
    for _ in range(2):
        await ledger.hear(connection, type="payment", payment=paid)
    shop.corner.give_back(sold, 2_000)
    for _ in range(2):
        await ledger.hear(connection, type="refund", about=sold["id"])
    await ledger.hear(connection, type="dispute", about=sold["id"], dispute=dispute | {"status": "won"})
    await ledger.hear(connection, type="dispute", about=sold["id"], dispute=dispute)
    await ledger.hear(connection, type="payment", payment=paid)

    assert await ledger.entries(connection) == [
        ("payment", 8_000, 200_000),
        ("refund", -2_000, 200_000),
        ("dispute", -6_000, 200_000),
        ("dispute_won", 6_000, 200_000),
    ]
    told = await ledger.told(connection)
    assert [(each.version, each.refunded, [entry.kind for entry in each.entries]) for each in told] == [
        (1, 0, ["payment"]),
        (2, 2_000, ["refund"]),
        (3, 2_000, ["dispute", "dispute_won"]),
    ]
    assert (await shop.read(connection)).last_transaction_at == datetime.fromisoformat(sold["created"])
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await shop.database.execute("UPDATE transaction_entries SET amount = 0")


async def test_a_dispute_of_which_no_webhook_told_is_found_by_the_list_once(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    sold = shop.corner.sell(connection.account_id, 8_000, at=datetime.now(UTC) + _EARLIER)
    await ledger.hear(connection, type="payment", payment=sold)
    number = await shop.corner.dispute(sold)
    before = shop.corner.sell(connection.account_id, 700, at=datetime.now(UTC) - timedelta(days=3))
    await shop.corner.dispute(before)
    shop.clock.ahead += timedelta(minutes=11)
    assert ((found := await ledger.sync(connection)).missing, found.outdated) == (0, 1)
    await shop.corner.decide(shop.corner.disputes[number], "won")
    for _ in range(2):
        await ledger.hear(connection, type="dispute", about=sold["id"], dispute=shop.corner.disputes[number])
        await ledger.sync(connection)
    assert await ledger.entries(connection) == [
        ("payment", 8_000, 200_000),
        ("dispute", -8_000, 200_000),
        ("dispute_won", 8_000, 200_000),
    ]
    assert await ledger.gaps(connection) == [(0, 1)]
    shop.clock.ahead -= timedelta(minutes=11)


async def test_whoever_tells_of_a_payment_at_the_same_time_it_is_recorded_once(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await shop.permitted()
    assert connection.account_id is not None
    sold = shop.corner.sell(connection.account_id, 5_000, at=datetime.now(UTC))
    credentials = await shop.credentials(connection)
    payment = await shop.processor.read_payment(credentials, sold["id"], deadline=DEADLINE)

    async def record(by: KnownBy) -> bool:
        async with shop.database.transaction() as tx:
            sighting = Sighting(payment=payment, seen_at=shop.clock.now())
            return (await ledger.transactions.record(tx, connection, sighting, by=by)).is_new

    assert sum(await asyncio.gather(*map(record, [*KnownBy, *KnownBy]))) == 1
    assert await ledger.entries(connection) == [("payment", 5_000, 200_000)]
    assert len(await ledger.told(connection)) == 1


async def test_what_no_webhook_has_told_of_is_read_once_whoever_reads_and_tells(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    made_at = datetime.now(UTC) + _EARLIER
    sold = [shop.corner.sell(connection.account_id, 1_000 + n, at=made_at + timedelta(seconds=n)) for n in range(120)]
    shop.corner.sell(connection.account_id, 9_999, at=made_at - timedelta(days=1))
    for each in sold[:2]:
        await ledger.hear(connection, type="payment", payment=each)
    young = shop.corner.sell(connection.account_id, 500, at=datetime.now(UTC))

    read = await asyncio.gather(
        ledger.sync(connection, processes=2), ledger.hear(connection, type="payment", payment=young)
    )
    assert (read[0].state(shop.clock.now()), read[0].seen, read[0].missing) == (SyncState.DONE, 121, 118)
    amounts = [amount for _, amount, _ in await ledger.entries(connection)]
    assert sorted(amounts) == [500, *range(1_000, 1_120)], "what was paid before the account was connected is not ours"
    assert await ledger.gaps(connection) == [(118, 0)]
    assert (await shop.read(connection)).last_sync_at is not None

    again = await ledger.sync(connection)
    assert (again.missing, again.outdated) == (0, 0)
    assert len(await ledger.entries(connection)) == 121
    assert await ledger.gaps(connection) == [(118, 0)]


async def test_a_processor_that_is_away_is_asked_again_where_it_stopped(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    sold = shop.corner.sell(connection.account_id, 2_000, at=datetime.now(UTC) + _EARLIER)
    shop.corner.faults["/payments"] = ("error", None)
    failed = await ledger.sync(connection)
    assert (failed.state(shop.clock.now()), failed.failures, failed.seen) == (SyncState.FAILED, 1, 0)
    shop.corner.faults.clear()
    sold["refunded"] = 500
    after = await ledger.sync(connection)
    assert (after.state(shop.clock.now()), after.failures, after.last_error) == (SyncState.DONE, 0, None)
    assert [(kind, amount) for kind, amount, _ in await ledger.entries(connection)] == [
        ("payment", 2_000), ("refund", -500)
    ]  # fmt: skip


@pytest.mark.proves("P-10")
async def test_what_is_old_is_in_the_archive_and_comes_back_when_something_happens_to_it(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    sold = shop.corner.sell(connection.account_id, 7_000, at=datetime.now(UTC))
    await ledger.hear(connection, type="payment", payment=sold)
    [(number, archived)] = await ledger.archived(connection)
    assert not archived
    assert await ledger.archive.archive() == 0

    shop.clock.ahead = KEPT + timedelta(hours=1)
    await ledger.archive.archive()
    wanted = TransactionFilter(provider=connection.provider_id, since=datetime.now(UTC) + _EARLIER)
    [listed] = await list_store.find(shop.database, wanted, before=number + 1, limit=9)
    shown = TransactionOut.of(listed)
    assert (shown.id, shown.archived, shown.amount, shown.commission_rate) == (
        number,
        True,
        Decimal(70),
        Decimal("0.2"),
    )
    assert await list_store.find(shop.database, replace(wanted, state=PaymentStatus.FAILED), before=None, limit=9) == []
    assert await ledger.archived(connection) == [(number, True)]
    assert await ledger.entries(connection) == [("payment", 7_000, 200_000)]
    shop.corner.give_back(sold, 7_000)
    await asyncio.gather(
        ledger.hear(connection, type="refund", about=sold["id"]), ledger.archive.archive(), ledger.sync(connection)
    )
    await ledger.archive.archive()
    shop.clock.ahead = timedelta(0)
    assert await ledger.archived(connection) == [(number, True)], "it is one transaction, wherever it is"
    assert [kind for kind, _, _ in await ledger.entries(connection)] == ["payment", "refund"]

    of_it = "UPDATE external_transactions_archive SET appointment_id = 77 WHERE transaction_id = $1"
    await shop.database.execute(of_it, number)
    life = await traces.of_appointment(shop.database, 77)
    assert [(each.step, each.data["connection_id"]) for each in life] == [
        (step, connection.connection_id) for step in ("WEBHOOK", "LEDGER", "WEBHOOK", "LEDGER")
    ], "also when it is long ago"


async def test_a_processors_list_and_ours_are_compared_both_ways(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    at = datetime.now(UTC) + _EARLIER
    same, missing, older, invented = (shop.corner.sell(connection.account_id, 1_000, at=at) for _ in range(4))
    for each in (same, older, invented):
        await ledger.hear(connection, type="payment", payment=each)
    older["refunded"], older["updated"] = 400, (at + timedelta(minutes=1)).isoformat()
    del shop.corner.payments[invented["id"]]

    wrong = {(missing["id"], "missing"), (older["id"], "differs"), (invented["id"], "unknown")}
    _, found = await ledger.compare(connection, dry_run=True)
    assert {(payment, kind) for payment, kind, _ in found} == wrong
    assert not any(mended for _, _, mended in found)
    assert len(await ledger.entries(connection)) == 3, "a dry run changes nothing"

    part, found = await ledger.compare(connection)
    assert (part.state, part.theirs, part.ours) == (ComparedState.READ, 3, 4)
    assert {(payment, kind) for payment, kind, mended in found if not mended} == {(invented["id"], "unknown")}
    assert {(payment, kind) for payment, kind, _ in found} == wrong
    assert sorted(amount for _, amount, _ in await ledger.entries(connection)) == [-400, *[1_000] * 4]
    assert [payment for payment, _, _ in (await ledger.compare(connection))[1]] == [invented["id"]]
    assert await ledger.failed(invented["id"]) == 1, "people are told once"


async def test_disputes_are_compared_both_ways_and_with_the_ledger(ledger: Ledger) -> None:
    shop = ledger.shop
    connection = await ledger.with_webhooks()
    assert connection.account_id is not None
    at = datetime.now(UTC) + _EARLIER
    untold, decided, invented = (shop.corner.sell(connection.account_id, 1_000, at=at) for _ in range(3))
    for each in (untold, decided, invented):
        await ledger.hear(connection, type="payment", payment=each)
    numbers = [await shop.corner.dispute(each) for each in (untold, decided, invented)]
    shop.clock.ahead = TOO_YOUNG
    for each, number in zip((decided, invented), numbers[1:], strict=True):
        await ledger.hear(connection, type="dispute", about=each["id"], dispute=shop.corner.disputes[number])
    shop.corner.disputes[numbers[1]] |= {"status": "lost"}
    del shop.corner.disputes[numbers[2]]

    wrong = {(untold["id"], "dispute_differs"), (decided["id"], "dispute_differs"), (invented["id"], "dispute_unknown")}
    for dry_run, mended in ((True, 0), (False, 2)):
        _, found = await ledger.compare(connection, dry_run=dry_run)
        assert {(payment, kind) for payment, kind, _ in found} == wrong
        assert [each for _, _, each in found].count(True) == mended
    _, found = await ledger.compare(connection)
    assert found == [(invented["id"], "dispute_unknown", False)], "the ledger agrees with what banks took"
    assert await ledger.failed(invented["id"]) == 1, "people are told once"
    shop.clock.ahead = timedelta(0)


async def test_what_could_not_be_compared_is_said(ledger: Ledger) -> None:
    connection = await ledger.with_webhooks()
    ledger.shop.corner.faults["/payments"] = ("error", None)
    part, found = await ledger.compare(connection)
    ledger.shop.corner.faults.clear()
    assert (part.state, part.tries, found) == (ComparedState.UNREADABLE, 3, [])
    assert "corner" in part.trouble
