"""Commission that was collected and goes back at Stripe is due again once, or forgiven once (P-7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import pytest_asyncio

from checkout.commission import back_store, list_store
from checkout.commission.domain import Collection, CollectionState
from checkout.webhooks.domain import Incoming
from events import PaymentCommissionWentBack
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.commission_desk import CommissionDesk, Owing, open_desk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-7")]

DUE = 2_000
BOTH = pytest.mark.parametrize("kind", ["express", "standard"], ids=["debit", "invoice"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(postgres: str) -> AsyncIterator[CommissionDesk]:
    with fresh_databases(postgres) as make_database:
        async with open_desk(make_database("checkout")) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared: CommissionDesk) -> AsyncIterator[CommissionDesk]:
    yield shared
    await shared.control("DELETE", "faults", None)


async def taken(desk: CommissionDesk, kind: str) -> tuple[Owing, Collection]:
    """Commission of 20.00 that was collected, and of which nothing went back so far."""
    owing = await desk.provider(kind, email="sam@example.com")
    made = await collected(desk, owing)
    await desk.look()
    return owing, await desk.read(made.collection_id)


async def collected(desk: CommissionDesk, owing: Owing) -> Collection:
    await desk.paid(owing, 5 * DUE)
    made = await desk.collect(owing)
    assert made is not None
    for each in await desk.invoices(owing):
        if each["status"] == "open":
            await desk.pay(each)
    await desk.settle(owing)
    found = await desk.read(made.collection_id)
    assert found.state is CollectionState.COMPLETED
    return found


async def at_desk(desk: CommissionDesk, collection: Collection, deed: str, **body: Any) -> str:
    """Somebody does it in Stripe's dashboard, or a bank; the id of what came of it."""
    (charge,) = await desk.charges(collection)
    return str((await desk.control("POST", f"stripe/charges/{charge}/{deed}", body))["id"])


async def told(desk: CommissionDesk, collection: Collection) -> None:
    """As by a webhook: whatever it says, Stripe is asked."""
    (charge,) = await desk.charges(collection)
    found = await desk.stripe("GET", f"charges/{charge}")
    async with desk.database.transaction() as tx:
        assert await desk.looks.make_due(tx, "stripe", found["payment_intent"] or charge)


async def note(desk: CommissionDesk, collection: Collection, **form: str) -> Any:
    return await desk.stripe("POST", "credit_notes", invoice=collection.invoice_id or "", **form)


async def due(desk: CommissionDesk, owing: Owing) -> int:
    """What the next collection takes."""
    found: int = await desk.database.fetchval(
        "SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections"
        " WHERE provider_id = $1 AND taken_by IS NULL",
        owing.provider_id,
    )
    return found


async def news(desk: CommissionDesk, owing: Owing) -> list[tuple[str, str, int]]:
    events = [each for each in await desk.told(owing) if isinstance(each, PaymentCommissionWentBack)]
    return [(each.kind, each.state, each.amount) for each in events]


@BOTH
async def test_a_refund_is_due_again_once_however_often_it_is_told(desk: CommissionDesk, kind: str) -> None:
    owing, collection = await taken(desk, kind)
    await at_desk(desk, collection, "refund", amount=700)
    for _ in range(3):
        await told(desk, collection)
        assert await desk.look() == 1
    assert await desk.look() == 0
    after = await desk.read(collection.collection_id)
    assert (after.state, after.collected, after.returned, after.forgiven) == (CollectionState.COMPLETED, DUE, 700, 0)
    assert (await due(desk, owing), await news(desk, owing)) == (700, [("refund", "done", 700)])
    again = await collected(desk, owing)
    assert (again.correction, again.amount, await due(desk, owing)) == (700, DUE + 700, 0)
    (sums,) = await list_store.by_state(desk.database, provider=owing.provider_id)
    assert sums.collected == 2 * DUE, "what was taken is what was due"


@BOTH
async def test_a_refund_that_fails_is_taken_off_again_and_older_news_turn_nothing_back(
    desk: CommissionDesk, kind: str
) -> None:
    owing, collection = await taken(desk, kind)
    refund = await at_desk(desk, collection, "refund")
    await told(desk, collection)
    await desk.look()
    before = await back_store.of_collection(desk.database, collection.collection_id)
    await desk.control("POST", f"stripe/refunds/{refund}/fail", {})
    await told(desk, collection)
    await desk.look()
    async with desk.database.transaction() as tx:
        await desk.returning.follow(tx, collection.collection_id, [], before)
    assert (await due(desk, owing), (await desk.read(collection.collection_id)).returned) == (0, 0)
    assert await news(desk, owing) == [("refund", "done", DUE), ("refund", "failed", DUE)]


@pytest.mark.parametrize(("outcome", "again"), [("won", 0), ("lost", DUE)])
async def test_a_dispute_holds_until_the_bank_has_decided(desk: CommissionDesk, outcome: str, again: int) -> None:
    owing, collection = await taken(desk, "standard")
    dispute = await at_desk(desk, collection, "dispute")
    await told(desk, collection)
    await desk.look()
    held = await desk.read(collection.collection_id)
    assert (held.disputed, held.returned, await due(desk, owing)) == (DUE, 0, 0)
    await desk.control("POST", f"stripe/disputes/{dispute}/close", {"outcome": outcome})
    for _ in range(2):
        await told(desk, collection)
        await desk.look()
    after = await desk.read(collection.collection_id)
    assert (after.disputed, after.returned, await due(desk, owing)) == (0, again, again)
    assert await news(desk, owing) == [("dispute", "open", DUE), ("dispute", outcome, DUE)]


@pytest.mark.parametrize("part", ["refund_amount", "out_of_band_amount", "credit_amount"])
async def test_a_credit_note_is_a_persons_word_that_so_much_is_not_owed(desk: CommissionDesk, part: str) -> None:
    """Given back through Stripe or elsewhere, or used up by the next invoice: nobody asks for it again."""
    owing, collection = await taken(desk, "standard")
    made = await note(desk, collection, amount="700", **{part: "700"})
    subject: Any = {"object": "credit_note", "id": made["id"], "invoice": collection.invoice_id}
    for _ in range(2):
        async with desk.database.transaction() as tx:
            handle = desk.handlers.table()["credit_note.created"]
            assert (await handle(tx, Incoming(stored=cast("Any", None), subject=subject))).ours
        await desk.look()
    after = await desk.read(collection.collection_id)
    assert after.forgiven == 700
    assert after.returned == (0 if part == "credit_amount" else 700)
    await collected(desk, owing)
    await desk.look()
    paid = sum(each["amount_paid"] for each in await desk.invoices(owing))
    back = 0 if part == "credit_amount" else 700
    assert paid - back + await due(desk, owing) == 2 * DUE - 700


async def test_a_credit_note_forgives_what_was_refunded_before(desk: CommissionDesk) -> None:
    owing, collection = await taken(desk, "standard")
    refund = await at_desk(desk, collection, "refund", amount=700)
    await told(desk, collection)
    await desk.look()
    again = await collected(desk, owing)
    assert again.amount == DUE + 700
    link = {"refunds[0][refund]": refund, "refunds[0][amount_refunded]": "700"}
    await note(desk, collection, amount="700", **link)
    await told(desk, collection)
    await desk.look()
    assert await due(desk, owing) == -700, "it was taken again by then"


async def test_a_credit_note_before_it_is_paid_leaves_less_and_is_not_asked_for_again(desk: CommissionDesk) -> None:
    owing = await desk.provider("standard", email="sam@example.com")
    await desk.paid(owing, 5 * DUE)
    made = await desk.collect(owing)
    assert made is not None
    await note(desk, made, amount="500")
    (invoice,) = await desk.invoices(owing)
    await desk.pay(invoice)
    await desk.settle(owing)
    await desk.look()
    after = await desk.read(made.collection_id)
    assert (after.state, after.collected, after.forgiven, await due(desk, owing)) == (
        CollectionState.COMPLETED, DUE - 500, 500, 0,
    )  # fmt: skip


@BOTH
async def test_what_goes_back_before_it_is_known_to_be_collected_is_seen_then(desk: CommissionDesk, kind: str) -> None:
    owing = await desk.provider(kind, email="sam@example.com")
    collection = await collected(desk, owing)
    await at_desk(desk, collection, "refund")
    assert await desk.look() == 1, "asked for once it was taken"
    assert await due(desk, owing) == DUE


async def test_stripe_that_does_not_answer_is_asked_again(desk: CommissionDesk) -> None:
    owing, collection = await taken(desk, "standard")
    await at_desk(desk, collection, "refund")
    await told(desk, collection)
    await desk.fail("error", operation="invoice_payments.list", status=500)
    await desk.look()
    assert await due(desk, owing) == 0
    await desk.control("DELETE", "faults", None)
    await desk.database.execute("UPDATE commission_collections SET look_at = app_now() WHERE look_at IS NOT NULL")
    await desk.look()
    assert await due(desk, owing) == DUE


async def test_news_while_somebody_asks_are_asked_about_again(desk: CommissionDesk) -> None:
    owing, collection = await taken(desk, "express")
    await told(desk, collection)
    (first,) = await desk.looks.claim(10)
    await at_desk(desk, collection, "refund")
    await told(desk, collection)
    async with desk.database.transaction() as tx:
        await back_store.looked(tx, first)
    assert await desk.look() == 1
    assert await due(desk, owing) == DUE


async def test_what_is_nobodys_is_nobodys(desk: CommissionDesk) -> None:
    async with desk.database.transaction() as tx:
        assert not await desk.looks.make_due(tx, "stripe", "pi_unknown")
        assert not await desk.looks.make_invoice_due(tx, "in_unknown")
