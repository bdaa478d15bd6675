"""Who can't be debited is sent an invoice, once, and what becomes of it is heard or asked for (P-7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from checkout.commission.domain import Collection, CollectionBlock, CollectionState, CollectionWay
from events import PaymentCommissionCollected, PaymentCommissionFailed, PaymentCommissionInvoiced
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.commission_desk import ACTOR, DAYS, CommissionDesk, Owing, open_desk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-7")]

PENDING, PROCESSING = CollectionState.PENDING, CollectionState.PROCESSING
COMPLETED, FAILED = CollectionState.COMPLETED, CollectionState.FAILED


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres: str) -> AsyncIterator[CommissionDesk]:
    with fresh_databases(postgres) as make_database:
        async with open_desk(make_database("checkout")) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def owing(desk: CommissionDesk) -> Owing:
    """One whose account is their own, and can't be debited."""
    return await desk.provider("standard", email="sam@example.com")


async def collected(desk: CommissionDesk, owing: Owing, amount: int = 10_000) -> Collection:
    await desk.paid(owing, amount)
    made = await desk.collect(owing)
    assert made is not None
    return made


async def retry(desk: CommissionDesk, owing: Owing, collection: Collection) -> Collection:
    async with desk.database.transaction() as tx:
        await desk.collections.retry(tx, collection.collection_id, actor=ACTOR)
    await desk.settle(owing)
    return await desk.read(collection.collection_id)


async def test_who_can_t_be_debited_is_sent_an_invoice_and_pays_it(desk: CommissionDesk, owing: Owing) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    assert (invoice["status"], invoice["amount_due"], invoice["currency"]) == ("open", 2_000, "usd")
    assert (invoice["customer_email"], invoice["auto_advance"]) == ("sam@example.com", True)
    assert invoice["due_date"] - invoice["created"] == DAYS * 86_400
    assert (made.state, made.way, made.blocked_by) == (
        PROCESSING,
        CollectionWay.INVOICE,
        CollectionBlock.NOT_DEBITABLE,
    )
    assert (made.invoice_number, made.invoice_url) == (invoice["number"], invoice["hosted_invoice_url"])
    assert not made.stuck(desk.clock.now())
    await desk.settle(owing)
    assert len(await desk.invoices(owing)) == 1
    await desk.pay(invoice)
    assert (await desk.tell(invoice["id"], "invoice.paid")).ours
    await desk.settle(owing)
    paid = await desk.read(made.collection_id)
    assert (paid.state, paid.collected, paid.failed_reason) == (COMPLETED, 2_000, None)
    assert [type(each) for each in (await desk.told(owing))[-2:]] == [
        PaymentCommissionInvoiced,
        PaymentCommissionCollected,
    ]
    assert await desk.collect(owing) is None
    assert await desk.taken(owing) == []


async def test_a_webhook_that_never_comes_is_made_up_for_by_asking(desk: CommissionDesk, owing: Owing) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    await desk.pay(invoice)
    await desk.settle(owing)
    assert (await desk.read(made.collection_id)).state is COMPLETED
    assert (await desk.tell(invoice["id"], "invoice.payment_failed")).ours, "what comes late changes nothing"
    await desk.settle(owing)
    assert (await desk.read(made.collection_id)).state is COMPLETED


@pytest.mark.parametrize(
    ("end", "kind", "cause"),
    [
        ("void", "invoice.voided", "invoice_voided"),
        ("mark_uncollectible", "invoice.marked_uncollectible", "invoice_uncollectible"),
    ],
)
async def test_an_invoice_that_ends_without_money_fails_and_is_made_anew_by_hand(
    desk: CommissionDesk, owing: Owing, end: str, kind: str, cause: str
) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    await desk.stripe("POST", f"invoices/{invoice['id']}/{end}")
    assert (await desk.tell(invoice["id"], kind)).ours
    await desk.settle(owing)
    failed = await desk.read(made.collection_id)
    assert (failed.state, failed.failed_cause) == (FAILED, cause)
    assert isinstance((await desk.told(owing))[-1], PaymentCommissionFailed)
    again = await retry(desk, owing, made)
    assert (again.state, again.failed_reason) == (PROCESSING, None)
    first, second = await desk.invoices(owing)
    assert (first["status"], second["status"], again.invoice_id) == ("void", "open", second["id"])
    await desk.pay(second)
    await desk.settle(owing)
    assert (await desk.read(made.collection_id)).collected == 2_000


async def test_an_overdue_invoice_fails_and_can_still_be_paid(desk: CommissionDesk, owing: Owing) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    late = desk.later(days=DAYS, minutes=1)
    for _ in range(2):
        await late.settle(owing)
    failed = await desk.read(made.collection_id)
    assert (failed.state, failed.failed_cause) == (FAILED, "invoice_overdue")
    assert [type(each) for each in await desk.told(owing)].count(PaymentCommissionFailed) == 1
    await desk.pay(invoice)
    await late.settle(owing)
    assert (await desk.read(made.collection_id)).state is COMPLETED


async def test_whose_account_can_be_debited_meanwhile_is_never_asked_twice(desk: CommissionDesk, owing: Owing) -> None:
    made = await collected(desk, owing)
    better = await desk.stripe("POST", "accounts", type="express", default_currency="usd")
    await desk.database.execute(
        "UPDATE processor_connections SET account_id = $2 WHERE provider_id = $1", owing.provider_id, better["id"]
    )
    await desk.settle(owing)
    assert (await desk.taken(owing), (await desk.read(made.collection_id)).way) == ([], CollectionWay.INVOICE)
    await desk.later(days=DAYS, minutes=1).settle(owing)
    again = await retry(desk, owing, made)
    assert (again.state, again.way, again.invoice_id) == (COMPLETED, CollectionWay.DEBIT, None)
    assert ([each["status"] for each in await desk.invoices(owing)], await desk.taken(owing)) == (["void"], [2_000])


async def test_an_overdue_invoice_that_is_paid_before_a_retry_is_not_asked_for_again(
    desk: CommissionDesk, owing: Owing
) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    await desk.later(days=DAYS, minutes=1).settle(owing)
    await desk.pay(invoice)
    again = await retry(desk, owing, made)
    assert (again.state, again.collected, len(await desk.invoices(owing))) == (COMPLETED, 2_000, 1)


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "error"])
@pytest.mark.parametrize(
    "operation",
    [
        "customers.create",
        "invoices.create",
        "invoiceitems.create",
        "invoices.finalize_invoice",
        "invoices.send_invoice",
    ],
)
async def test_a_failure_on_the_way_makes_one_invoice(
    desk: CommissionDesk, owing: Owing, operation: str, kind: str
) -> None:
    await desk.fail(kind, operation=operation, count=20)
    made = await collected(desk, owing)
    await desk.control("DELETE", "faults", None)
    await desk.settle(owing)
    (invoice,) = await desk.invoices(owing)
    assert (invoice["status"], invoice["amount_due"]) == ("open", 2_000)
    assert (await desk.read(made.collection_id)).invoice_number == invoice["number"]


async def test_a_draft_that_somebody_else_ends_is_made_again(desk: CommissionDesk, owing: Owing) -> None:
    await desk.fail("latency", operation="invoiceitems.create", delayMs=500)
    asking = asyncio.create_task(collected(desk, owing))
    while not (drafts := await desk.invoices(owing)):
        await asyncio.sleep(0.01)
    await desk.stripe("DELETE", f"invoices/{drafts[0]['id']}")
    assert (await asking).state is PROCESSING
    await desk.settle(owing)
    (invoice,) = await desk.invoices(owing)
    assert (invoice["status"], invoice["amount_due"]) == ("open", 2_000)


async def test_two_collectors_at_once_send_one_invoice(desk: CommissionDesk, owing: Owing) -> None:
    await desk.paid(owing, 10_000)
    (made,) = await desk.collecting.collect(provider=owing.provider_id)
    await asyncio.gather(*(desk.collector.settle(made) for _ in range(3)))
    await desk.settle(owing)
    (invoice,) = await desk.invoices(owing)
    assert (invoice["status"], invoice["amount_due"]) == ("open", 2_000)
    assert [type(each) for each in await desk.told(owing)].count(PaymentCommissionInvoiced) == 1


async def test_a_restored_database_takes_over_an_invoice_that_was_sent(desk: CommissionDesk, owing: Owing) -> None:
    made = await collected(desk, owing)
    await desk.database.execute(
        """
        UPDATE commission_collections SET state = 'pending', way = NULL, invoice_id = NULL, invoice_number = NULL,
            invoice_url = NULL, payable_until = NULL, processing_since = NULL, due_at = app_now()
        WHERE collection_id = $1
        """,
        made.collection_id,
    )
    await desk.settle(owing)
    (invoice,) = await desk.invoices(owing)
    assert (await desk.read(made.collection_id)).invoice_id == invoice["id"]


async def test_an_invoice_that_was_paid_in_part_is_not_made_anew_and_its_rest_is_the_next_one_s(
    desk: CommissionDesk, owing: Owing
) -> None:
    made = await collected(desk, owing)
    (invoice,) = await desk.invoices(owing)
    await desk.pay(invoice, amount=500)
    await desk.settle(owing)
    assert (await desk.read(made.collection_id)).state is PROCESSING, "a part is no payment"
    await desk.later(days=DAYS, minutes=1).settle(owing)
    await retry(desk, owing, made)
    assert len(await desk.invoices(owing)) == 1
    await desk.stripe("POST", f"invoices/{invoice['id']}/void")
    await desk.settle(owing)
    voided = await desk.read(made.collection_id)
    assert (voided.state, voided.collected) == (COMPLETED, 500)
    following = await desk.collect(owing)
    assert following is not None
    assert (following.correction, following.amount, following.state) == (1_500, 1_500, PROCESSING)


async def test_a_changed_address_gets_the_next_invoice(desk: CommissionDesk, owing: Owing) -> None:
    await collected(desk, owing)
    await desk.know(owing.provider_id, "studio@example.com")
    await collected(desk, owing)
    first, second = await desk.invoices(owing)
    assert first["customer"] == second["customer"]
    assert [each["customer_email"] for each in (first, second)] == ["sam@example.com", "studio@example.com"]


async def test_what_stripe_refuses_to_send_fails_with_its_reason(desk: CommissionDesk, owing: Owing) -> None:
    await desk.know(owing.provider_id, "nobody")
    made = await collected(desk, owing)
    assert (made.state, made.failed_cause) == (FAILED, "email_invalid")
    await desk.know(owing.provider_id, "sam@example.com")
    again = await retry(desk, owing, made)
    assert (again.state, len(await desk.invoices(owing))) == (PROCESSING, 1)


async def test_what_is_told_of_other_invoices_is_nobody_s(desk: CommissionDesk) -> None:
    for metadata in ({}, {"collection": "commission-other-1-USD-1"}, {"collection": "else"}):
        customer = await desk.stripe("POST", "customers", email="kim@example.com")
        form: dict[str, Any] = {f"metadata[{name}]": value for name, value in metadata.items()}
        other = await desk.stripe(
            "POST", "invoices", customer=customer["id"], collection_method="send_invoice", days_until_due="3", **form
        )
        assert not (await desk.tell(other["id"], "invoice.paid")).ours
