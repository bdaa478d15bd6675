"""Commission is collected once, to the minor unit, whatever fails, dies, races or is restored (P-7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from checkout.commission import list_store, store
from checkout.commission.domain import STUCK_AFTER, CollectionBlock, CollectionState, CollectionWay
from checkout.commission.errors import CollectionCompleted, UnknownCollection
from checkout.commission.naming import group_of
from checkout.commission.workers import LEASE
from events import (
    PaymentCommissionBlocked,
    PaymentCommissionCollected,
    PaymentCommissionFailed,
    PaymentCommissionStarted,
)
from tests.fixtures.ledger import append, sell
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.commission_desk import ACTOR, CommissionDesk, Owing, open_desk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-7")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str) -> AsyncIterator[CommissionDesk]:
    with fresh_databases(postgres) as make_database:
        async with open_desk(make_database("checkout")) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def owing(desk: CommissionDesk) -> Owing:
    return await desk.provider()


async def test_what_is_owed_is_taken_once_and_told(desk: CommissionDesk, owing: Owing) -> None:
    first = await desk.paid(owing, 10_001, ppm=150_000)
    second = await desk.paid(owing, 5_000, ppm=200_000, at_source=300, processor="paypal")
    made = await desk.collect(owing)
    assert made is not None
    assert (made.commission, made.at_source, made.amount) == (2_500, 300, 2_200), "2500.15, rounded once"
    assert (made.state, made.collected, made.currency) == (CollectionState.COMPLETED, 2_200, "USD")
    assert await list_store.transaction_ids(desk.database, made.collection_id) == [first, second]
    assert await desk.collect(owing) is None, "nothing new is owed"
    assert await desk.taken(owing) == [2_200]
    started, collected = await desk.told(owing)
    assert isinstance(started, PaymentCommissionStarted)
    assert isinstance(collected, PaymentCommissionCollected)
    assert (collected.collection_id, collected.amount, collected.transactions) == (made.collection_id, 2_200, 2)


async def test_what_goes_back_later_is_a_credit_on_the_next_collection(desk: CommissionDesk, owing: Owing) -> None:
    sold = await desk.paid(owing, 10_000)
    assert (await desk.collect(owing)) is not None
    await desk.entry(owing, sold, -10_000)
    assert await desk.collect(owing) is None, "a credit is carried over, and never paid out"
    await desk.paid(owing, 9_000)
    assert await desk.collect(owing) is None, "it is not used up yet"
    await desk.paid(owing, 11_000)
    third = await desk.collect(owing)
    assert third is not None
    assert (third.transactions, third.volume, third.amount) == (3, 10_000, 2_000)
    assert await desk.taken(owing) == [2_000, 2_000]


async def test_what_was_taken_at_source_alone_is_completed_without_a_debit(desk: CommissionDesk, owing: Owing) -> None:
    await desk.paid(owing, 10_000, at_source=2_000)
    made = await desk.collect(owing)
    assert made is not None
    assert (made.state, made.amount, made.charge_id) == (CollectionState.COMPLETED, 0, None)
    assert await desk.taken(owing) == []


async def test_what_an_earlier_database_forgot_is_found_also_where_nothing_is_due(
    desk: CommissionDesk, owing: Owing
) -> None:
    number = await desk.paid(owing, 10_000)
    forgotten = await desk.collect(owing)
    assert forgotten is not None
    for table in ("collection_entries", "commission_collections"):
        await desk.database.execute(f"DELETE FROM {table} WHERE collection_id = $1", forgotten.collection_id)
    await desk.entry(owing, number, -10_000)
    made = await desk.collect(owing)
    assert made is not None
    assert (made.number, made.state, made.amount, made.collected) == (1, CollectionState.COMPLETED, 0, 2_000)
    await desk.paid(owing, 30_000)
    after = await desk.collect(owing)
    assert after is not None
    assert (after.amount, after.correction) == (4_000, -2_000)
    assert await desk.taken(owing) == [2_000, 4_000]


@pytest.mark.parametrize(
    ("kind", "charges", "details", "currency", "block"),
    [
        ("express", False, True, "usd", CollectionBlock.CHARGES_DISABLED),
        ("express", True, False, "usd", CollectionBlock.DETAILS_MISSING),
        ("express", True, True, "eur", CollectionBlock.CURRENCY_DIFFERS),
        ("standard", True, True, "usd", CollectionBlock.NOT_DEBITABLE),
    ],
)
async def test_nothing_is_started_on_an_account_that_can_t_be_charged(
    desk: CommissionDesk, kind: str, charges: bool, details: bool, currency: str, block: CollectionBlock
) -> None:
    owing = await desk.provider(kind, currency)
    await desk.onboard(owing, charges=charges, details=details)
    await desk.paid(owing, 10_000)
    made = await desk.collect(owing)
    assert made is not None
    assert (made.state, made.blocked_by, made.tries) == (CollectionState.PENDING, block, 1)
    (told,) = await desk.told(owing)
    assert isinstance(told, PaymentCommissionBlocked)
    assert (told.reason, told.amount, told.occurred_at) == (block, 2_000, made.created_at)
    await desk.settle(owing)
    assert len(await desk.told(owing)) == 1, "it is told once"
    await desk.onboard(owing, charges=True, details=True)
    await desk.collect(owing)
    assert await desk.taken(owing) == ([] if charges and details else [2_000])


async def test_a_provider_without_an_account_at_stripe_is_told_so(desk: CommissionDesk, owing: Owing) -> None:
    await desk.database.execute("DELETE FROM processor_connections WHERE provider_id = $1", owing.provider_id)
    await desk.paid(owing, 10_000)
    made = await desk.collect(owing)
    assert made is not None
    assert (made.state, made.blocked_by) == (CollectionState.PENDING, CollectionBlock.NO_ACCOUNT)


async def test_a_refused_collection_fails_is_told_and_tried_again_by_hand(desk: CommissionDesk, owing: Owing) -> None:
    await desk.paid(owing, 10_000)
    await desk.fail("vendor_code", code="balance_insufficient")
    made = await desk.collect(owing)
    assert made is not None
    assert (made.state, made.failed_cause) == (CollectionState.FAILED, "balance_insufficient")
    assert made.failed_reason
    assert isinstance((await desk.told(owing))[-1], PaymentCommissionFailed)
    assert await desk.collect(owing) is None
    async with desk.database.transaction() as tx:
        await desk.collections.retry(tx, made.collection_id, actor=ACTOR)
    await desk.settle(owing)
    again = await desk.read(made.collection_id)
    assert (again.state, again.failed_reason, await desk.taken(owing)) == (CollectionState.COMPLETED, None, [2_000])
    with pytest.raises(CollectionCompleted):
        async with desk.database.transaction() as tx:
            await desk.collections.retry(tx, made.collection_id, actor=ACTOR)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error"])
async def test_a_failure_on_the_way_takes_nothing_twice(desk: CommissionDesk, owing: Owing, kind: str) -> None:
    await desk.paid(owing, 10_000)
    await desk.fail(kind, count=20)
    made = await desk.collect(owing)
    await desk.control("DELETE", "faults", None)
    await desk.settle(owing)
    assert made is not None
    assert (await desk.read(made.collection_id)).state is CollectionState.COMPLETED
    assert await desk.taken(owing) == [2_000]


async def test_one_whose_process_died_is_stuck_until_stripe_is_asked(desk: CommissionDesk, owing: Owing) -> None:
    await desk.paid(owing, 10_000)
    (made,) = await desk.collecting.collect(provider=owing.provider_id)
    async with desk.database.transaction() as tx:
        started = await desk.collections.start(
            tx, made.collection_id, CollectionWay.DEBIT, account_id=owing.account_id, lease=LEASE
        )
    assert started is not None
    await desk.debits.take(started, group=group_of(started), deadline=LEASE)
    await desk.database.execute(
        "UPDATE commission_collections SET processing_since = app_now() - interval '3 hours', due_at = NULL"
        " WHERE collection_id = $1",
        made.collection_id,
    )
    assert (await desk.read(made.collection_id)).stuck(desk.clock.now())
    async with desk.database.transaction() as tx:
        assert await store.make_stuck_due(tx, longer_than=STUCK_AFTER) == 1
    await desk.settle(owing)
    assert (await desk.read(made.collection_id)).state is CollectionState.COMPLETED
    assert await desk.taken(owing) == [2_000]


async def test_two_collectors_at_once_take_each_entry_and_each_debit_once(desk: CommissionDesk, owing: Owing) -> None:
    for amount in (10_000, 20_000, 30_001):
        await desk.paid(owing, amount)
    found = await asyncio.gather(*(desk.collecting.collect(provider=owing.provider_id) for _ in range(4)))
    (made,) = [each for several in found for each in several]
    await asyncio.gather(*(desk.collector.settle(made) for _ in range(3)))
    assert (await desk.read(made.collection_id)).state is CollectionState.COMPLETED
    assert await desk.taken(owing) == [12_000]
    assert [type(each) for each in await desk.told(owing)] == [PaymentCommissionStarted, PaymentCommissionCollected]


async def test_a_restored_database_takes_over_what_was_debited_after_its_backup(
    desk: CommissionDesk, owing: Owing
) -> None:
    await desk.paid(owing, 10_000)
    lost = await desk.collect(owing)
    assert lost is not None
    await forget(desk, owing)
    await desk.paid(owing, 5_000)
    adopted = await desk.collect(owing)
    assert adopted is not None
    assert (adopted.amount, adopted.collected, adopted.charge_id) == (3_000, 2_000, lost.charge_id)
    following = await desk.collect(owing)
    assert following is not None
    assert (following.correction, following.collected, following.transactions) == (1_000, 1_000, 0)
    assert await desk.taken(owing) == [2_000, 1_000]


async def forget(desk: CommissionDesk, owing: Owing) -> None:
    """The database is one from before the provider's first collection."""
    of_provider = "WHERE collection_id IN (SELECT collection_id FROM commission_collections WHERE provider_id = $1)"
    for statement in (
        f"DELETE FROM collection_entries {of_provider}",
        "DELETE FROM commission_corrections WHERE provider_id = $1",
        "DELETE FROM commission_collections WHERE provider_id = $1",
    ):
        await desk.database.execute(statement, owing.provider_id)


async def test_a_wrong_amount_is_found_and_corrected_while_it_is_pending(desk: CommissionDesk, owing: Owing) -> None:
    await desk.paid(owing, 10_000)
    await desk.onboard(owing, charges=False, details=True)
    made = await desk.collect(owing)
    assert made is not None
    await spoil(desk, made.collection_id)
    async with desk.database.transaction() as tx:
        verified = await desk.collections.verify(tx, made.collection_id, scope=owing.provider_id, actor=ACTOR)
    assert (verified.holds, verified.stored, verified.recalculated) == (False, 1_500, 2_000)
    async with desk.database.transaction() as tx:
        after = await desk.collections.recalculate(tx, made.collection_id, actor=ACTOR)
    assert (after.amount, after.correction) == (2_000, 0)


async def test_a_wrong_amount_that_was_taken_is_corrected_by_the_next(desk: CommissionDesk, owing: Owing) -> None:
    number = await desk.paid(owing, 10_000)
    made = await desk.collect(owing)
    assert made is not None
    await spoil(desk, made.collection_id)
    await desk.database.execute("DELETE FROM external_transactions WHERE transaction_id = $1", number)
    for _ in range(2):
        async with desk.database.transaction() as tx:
            after = await desk.collections.recalculate(tx, made.collection_id, actor=ACTOR)
    assert after.amount == 1_500, "what was taken stays written as it was"
    async with desk.database.transaction() as tx:
        verified = await desk.collections.verify(tx, made.collection_id, scope=None, actor=ACTOR)
    assert (verified.missing, verified.corrected, verified.difference) == ((number,), 500, 0)
    following = await desk.collect(owing)
    assert following is not None
    assert (following.correction, following.collected) == (500, 500)
    with pytest.raises(UnknownCollection):
        async with desk.database.transaction() as tx:
            await desk.collections.verify(tx, made.collection_id, scope=owing.provider_id + 1, actor=ACTOR)


@pytest.mark.proves("P-8")
async def test_a_month_s_volume_and_commission_are_told_by_rate(desk: CommissionDesk, owing: Owing) -> None:
    """By when it happened, to the last moment of the month; what goes back counts in its own."""
    since, until = datetime(2026, 10, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)
    last, provider = until - timedelta(microseconds=1), owing.provider_id
    first, _ = await sell(desk.database, provider, 10_001, at=since, ppm=150_000)
    await sell(desk.database, provider, 333, at=last, ppm=150_000, at_source=10)
    await sell(desk.database, provider, 5_000, at=last, ppm=200_000)
    await append(desk.database, provider, first, -2_000, at=last, ppm=150_000)
    for moment in (since - timedelta(microseconds=1), until):
        await sell(desk.database, provider, 70_000, at=moment, ppm=150_000)
    found = await list_store.by_rate(desk.database, since=since, until=until, provider=provider)
    assert [
        (each.commission_ppm, each.sums.transactions, each.sums.volume, each.sums.commission, each.sums.at_source)
        for each in found
    ] == [(150_000, 2, 8_334, 1_250, 10), (200_000, 1, 5_000, 1_000, 0)]


async def spoil(desk: CommissionDesk, collection_id: int) -> None:
    """Somebody has written another amount."""
    await desk.database.execute(
        "UPDATE commission_collections SET commission = commission - 500, amount = amount - 500"
        " WHERE collection_id = $1",
        collection_id,
    )
