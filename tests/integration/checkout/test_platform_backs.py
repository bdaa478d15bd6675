"""What others give or take back of the platform's own payments of appointments is seen once (P-11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from checkout.processors.backs import WentBack
from checkout.wayrefunds import platform_store, store
from checkout.wayrefunds.domain import WayRefundCause, WayRefundState
from checkout.wayrefunds.errors import WayRefundTooLarge
from events import PaymentAppointmentDisputed, PaymentWayRefund
from tests.contract.processors.support import DEADLINE
from tests.contract.sandbox.support import receiving, serving
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.back import Back, back_of
from tests.integration.checkout.ways import PRICE, open_ways

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-8", "P-11")]

PART = 5_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[Back]:
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_ways(make_database("checkout"), sandbox) as opened:
            yield back_of(opened)


@pytest_asyncio.fixture(loop_scope="module")
async def back(shared: Back) -> AsyncIterator[Back]:
    yield shared
    shared.ways.sandbox.control("DELETE", "faults")
    shared.ways.clock.ahead = timedelta(0)


async def taken(back: Back) -> int:
    """An appointment that was paid to the platform: on a busy machine the next way may have taken one before it."""
    while (await back.payment(found := await back.paid("stripe", choice="platform"))).way.connection_id is not None:
        pass
    return found


async def desk(back: Back, appointment: int, deed: str, **body: Any) -> str:
    """Somebody does it in Stripe's dashboard, or a bank; the id of what came of it."""
    intent = await asyncio.to_thread(
        back.ways.sandbox.stripe.v1.payment_intents.retrieve, (await back.payment(appointment)).payment_id
    )
    path = f"stripe/charges/{intent.latest_charge}/{deed}"
    return str((await asyncio.to_thread(back.ways.sandbox.control, "POST", path, body))["id"])


async def fail(back: Back, refund_id: str) -> None:
    await asyncio.to_thread(back.ways.sandbox.control, "POST", f"stripe/refunds/{refund_id}/fail", {})


async def decide(back: Back, dispute_id: str, outcome: str) -> None:
    path = f"stripe/disputes/{dispute_id}/close"
    await asyncio.to_thread(back.ways.sandbox.control, "POST", path, {"outcome": outcome})


async def told(back: Back, appointment: int) -> None:
    """As by a webhook: whatever it says, the lists are asked for."""
    payment = await back.payment(appointment)
    async with back.ways.database.transaction() as tx:
        assert await back.looks.make_due(tx, "stripe", payment.payment_id)


async def look(back: Back) -> int:
    """As the worker does."""
    found = await back.looks.claim(10)
    for each in found:
        await back.looks.look(each)
    return len(found)


async def ledger(back: Back, appointment: int) -> list[tuple[str, int]]:
    rows = await back.ways.database.fetch(
        "SELECT kind, amount FROM charge_entries WHERE appointment_id = $1 ORDER BY entry_id", appointment
    )
    return [(row["kind"], row["amount"]) for row in rows]


async def refunds(back: Back, appointment: int) -> list[tuple[str, str, int]]:
    found = await store.of_appointment(back.ways.database, appointment)
    return sorted((each.cause.value, each.state.value, each.amount) for each in found)


async def lists(back: Back, appointment: int) -> WentBack:
    payment = await back.payment(appointment)
    return await back.ways.lists.of_payment(payment.payment_id, deadline=DEADLINE)


async def test_a_refund_in_the_dashboard_is_one_row_one_entry_and_one_mail_however_often_it_is_told(back: Back) -> None:
    appointment = await taken(back)
    refund_id = await desk(back, appointment, "refund", amount=PART)
    for _ in range(3):
        await told(back, appointment)
        assert await look(back) == 1
    assert await look(back) == 0
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART)]
    assert await refunds(back, appointment) == [("outside", "done", PART)]
    (event,) = await back.told(appointment, PaymentWayRefund)
    assert (event.outcome, event.amount, event.surplus, event.connection_id) == ("refunded", PART, False, None)
    assert event.details is not None
    (row,) = await store.of_appointment(back.ways.database, appointment)
    assert (row.processor_refund_id, row.requested_by) == (refund_id, None)
    assert await back.ways.state(appointment) == "paid", "as after any refund of it"


async def test_what_we_and_others_give_back_is_never_more_than_was_paid(back: Back) -> None:
    appointment = await taken(back)
    await back.everybody_goes_on(await back.give_back(appointment, PART))
    await desk(back, appointment, "refund", amount=PART)
    await told(back, appointment)
    await look(back)
    assert (await back.payment(appointment)).refunded == 2 * PART
    with pytest.raises(WayRefundTooLarge):
        await back.request(appointment, PRICE - PART)
    await back.everybody_goes_on(await back.give_back(appointment, None))
    assert await refunds(back, appointment) == [
        ("outside", "done", PART), ("requested", "done", PRICE - 2 * PART), ("requested", "done", PART),
    ]  # fmt: skip
    assert sum(amount for _, amount in await ledger(back, appointment)) == 0


async def test_all_of_it_given_back_while_ours_is_due_leaves_nothing_to_ours(back: Back) -> None:
    appointment = await taken(back)
    asked = await back.request(appointment, None)
    await desk(back, appointment, "refund")
    await told(back, appointment)
    await look(back)
    await back.refunding.carry_out(asked)
    assert await refunds(back, appointment) == [("outside", "done", PRICE), ("requested", "refused", PRICE)]
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PRICE)]


async def test_ours_is_known_by_its_key_also_where_its_answer_is_lost(back: Back) -> None:
    appointment = await taken(back)
    asked = await back.request(appointment, PART)
    reached = await back.ways.reach.reach(back.ways.database, asked.way)
    await reached.processor.refund(reached.credentials, asked.wish, deadline=DEADLINE)
    await told(back, appointment)
    await look(back)
    assert await refunds(back, appointment) == [("requested", "done", PART)]
    assert (await back.everybody_goes_on(asked)).state is WayRefundState.DONE
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART)]
    assert len(await back.told(appointment, PaymentWayRefund)) == 1


async def test_one_that_fails_comes_back_once_and_older_news_turn_nothing_back(back: Back) -> None:
    appointment = await taken(back)
    refund_id = await desk(back, appointment, "refund", amount=PART)
    before = await lists(back, appointment)
    await told(back, appointment)
    await look(back)
    await fail(back, refund_id)
    after = await lists(back, appointment)
    payment = await back.payment(appointment)
    for late in (after, before, after, before):
        async with back.ways.database.transaction() as tx:
            await back.backs.follow(tx, payment, late)
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART), ("refund", PART)]
    assert [each.outcome for each in await back.told(appointment, PaymentWayRefund)] == ["refunded", "failed"]
    assert (await back.request(appointment, None)).amount == PRICE


@pytest.mark.proves("L-9")
async def test_a_refund_of_ours_that_a_restored_database_lost_is_told_as_the_same(back: Back) -> None:
    appointment = await taken(back)
    asked = await back.everybody_goes_on(await back.give_back(appointment, PART))
    await forget(back, appointment)
    await told(back, appointment)
    await look(back)
    (found,) = await store.of_appointment(back.ways.database, appointment)
    assert (found.refund_id, found.cause, found.reason) == (asked.refund_id, WayRefundCause.OUTSIDE, asked.reason)
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART)]
    first, again = await back.told(appointment, PaymentWayRefund)
    assert first.refund_id == again.refund_id, "its customer is written to once"


async def forget(back: Back, appointment: int) -> None:
    """As a database that comes from a backup has: the payment alone."""
    async with back.ways.database.transaction() as tx:
        await tx.execute("ALTER TABLE charge_entries DISABLE TRIGGER charge_entries_never_change")
        await tx.execute("DELETE FROM charge_entries WHERE appointment_id = $1 AND kind <> 'payment'", appointment)
        await tx.execute("ALTER TABLE charge_entries ENABLE TRIGGER charge_entries_never_change")
        await tx.execute(
            "WITH lost AS (DELETE FROM way_refunds WHERE appointment_id = $1 RETURNING payment_id)"
            " DELETE FROM way_refund_sums WHERE payment_id IN (SELECT payment_id FROM lost)",
            appointment,
        )
        await tx.execute("DELETE FROM appointment_disputes WHERE appointment_id = $1", appointment)


@pytest.mark.parametrize(
    ("outcome", "entries"),
    [("won", [("dispute", -PRICE), ("dispute_won", PRICE)]), ("lost", [("dispute", -PRICE)])],
)
@pytest.mark.parametrize("late", [False, True], ids=["told at once", "told at the end"])
async def test_a_dispute_takes_the_money_and_gives_it_back_once(
    back: Back, outcome: str, entries: list[tuple[str, int]], late: bool
) -> None:
    appointment = await taken(back)
    dispute_id = await desk(back, appointment, "dispute")
    if not late:
        await told(back, appointment)
        await look(back)
        assert await ledger(back, appointment) == [("payment", PRICE), ("dispute", -PRICE)]
    before = await lists(back, appointment)
    await decide(back, dispute_id, outcome)
    for _ in range(2):
        await told(back, appointment)
        await look(back)
    async with back.ways.database.transaction() as tx:
        await back.backs.follow(tx, await back.payment(appointment), before)
    assert await ledger(back, appointment) == [("payment", PRICE), *entries]
    events = await back.told(appointment, PaymentAppointmentDisputed)
    assert [(each.state, each.amount) for each in events] == [("open", PRICE), (outcome, PRICE)]


async def test_a_bank_that_only_asks_moves_nothing(back: Back) -> None:
    appointment = await taken(back)
    dispute_id = await desk(back, appointment, "dispute", inquiry=True)
    for _ in range(2):
        await told(back, appointment)
        await look(back)
    assert await ledger(back, appointment) == [("payment", PRICE)]
    await asyncio.to_thread(back.ways.sandbox.control, "POST", f"stripe/disputes/{dispute_id}/withdraw", {})
    await told(back, appointment)
    await look(back)
    assert await ledger(back, appointment) == [("payment", PRICE), ("dispute", -PRICE)]
    events = await back.told(appointment, PaymentAppointmentDisputed)
    assert [each.state for each in events] == ["inquiry", "open"]


async def test_news_that_come_while_somebody_asks_are_asked_about_again(back: Back) -> None:
    appointment = await taken(back)
    await told(back, appointment)
    (first,) = await back.looks.claim(10)
    await desk(back, appointment, "refund", amount=PART)
    await told(back, appointment)
    empty = replace(await lists(back, appointment), refunds=())
    async with back.ways.database.transaction() as tx:
        await platform_store.looked(tx, first)
        await back.backs.follow(tx, await back.payment(appointment), empty)
    assert await look(back) == 1, "the lease of whoever asked before has ended nothing"
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART)]


async def test_a_processor_that_does_not_answer_is_asked_again(back: Back) -> None:
    appointment = await taken(back)
    await desk(back, appointment, "refund", amount=PART)
    await told(back, appointment)
    back.ways.sandbox.fault(vendor="stripe", operation="refunds.list", kind="error", status=500)
    assert await look(back) == 1
    assert await ledger(back, appointment) == [("payment", PRICE)]
    back.ways.sandbox.control("DELETE", "faults")
    await back.ways.database.execute("UPDATE way_refund_sums SET look_at = app_now() WHERE look_at IS NOT NULL")
    assert await look(back) == 1
    assert await ledger(back, appointment) == [("payment", PRICE), ("refund", -PART)]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_in_whichever_order_the_ledger_is_what_stripe_says(back: Back, seed: int) -> None:
    """We and others give back, refunds fail, banks take and decide, news come twice, late, old or not at all."""
    rng, appointment = Random(seed), await taken(back)
    payment, kept, dispute = await back.payment(appointment), [await lists(back, appointment)], ""
    for _ in range(14):
        seen = await lists(back, appointment)
        good = [each.refund for each in seen.refunds if each.refund.status == "completed"]
        left = PRICE - sum(each.amount for each in good)
        move = rng.choice(["ours", "outside", "fail", "dispute", "decide", "news", "old news", "forget"])
        if move == "ours" and left > 100 and not dispute:
            with suppress(WayRefundTooLarge):
                await back.give_back(appointment, rng.randint(1, left))
        elif move == "outside" and left > 100 and not dispute:
            await desk(back, appointment, "refund", amount=rng.randint(1, left))
        elif move == "fail" and good:
            await fail(back, rng.choice(good).refund_id)
        elif move == "dispute" and not seen.disputes and left > 100:
            dispute = await desk(back, appointment, "dispute", amount=left)
        elif move == "decide" and dispute and seen.disputes[0].status == "open":
            await decide(back, dispute, rng.choice(["won", "lost"]))
        elif move == "forget":
            await forget(back, appointment)
        elif move == "news":
            await told(back, appointment)
            await look(back)
        elif move == "old news":
            async with back.ways.database.transaction() as tx:
                await back.backs.follow(tx, payment, rng.choice(kept))
        kept.append(await lists(back, appointment))
    await told(back, appointment)
    await look(back)
    seen = await lists(back, appointment)
    back_now = sum(each.refund.amount for each in seen.refunds if each.refund.status == "completed")
    with_bank = sum(each.amount - each.returned for each in seen.disputes)
    assert sum(amount for _, amount in await ledger(back, appointment)) == PRICE - back_now - with_bank
    listed = {each.refund.refund_id for each in seen.refunds}
    rows = await store.of_appointment(back.ways.database, appointment)
    assert sorted(each.processor_refund_id or "" for each in rows if each.processor_refund_id) == sorted(listed)
