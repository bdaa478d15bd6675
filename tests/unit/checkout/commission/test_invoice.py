"""What an invoice of commission means as Stripe has it, and by what it is known (P-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.commission.domain import CollectionWay, Received
from checkout.commission.invoice import Invoice, InvoiceStatus
from checkout.commission.lost import LostInvoice
from checkout.commission.naming import CollectionName

pytestmark = pytest.mark.proves("P-7")

DUE = datetime(2026, 12, 5, 17, tzinfo=UTC)
OPEN = Invoice(
    invoice_id="in_1",
    number="B7C2D9E1-0012",
    url="https://invoice.example.com/i/1",
    status=InvoiceStatus.OPEN,
    total=2_000,
    paid=0,
    due_at=DUE,
    ended_at=None,
)
LATE = DUE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "now", "cause"),
    [
        (InvoiceStatus.OPEN, DUE, None),
        (InvoiceStatus.OPEN, LATE, "invoice_overdue"),
        (InvoiceStatus.PAID, LATE, None),
        (InvoiceStatus.VOID, DUE, "invoice_voided"),
        (InvoiceStatus.UNCOLLECTIBLE, DUE, "invoice_uncollectible"),
    ],
)
def test_one_that_brings_nothing_says_why(status: InvoiceStatus, now: datetime, cause: str | None) -> None:
    failure = replace(OPEN, status=status).failure(now)
    assert (failure and failure[0]) == cause


@pytest.mark.parametrize(
    ("status", "paid", "asks"),
    [
        (InvoiceStatus.DRAFT, 0, False),
        (InvoiceStatus.OPEN, 0, True),
        (InvoiceStatus.UNCOLLECTIBLE, 0, True),
        (InvoiceStatus.PAID, 2_000, True),
        (InvoiceStatus.VOID, 0, False),
        (InvoiceStatus.VOID, 500, True),
    ],
)
def test_one_that_a_backup_has_forgotten_counts_once_somebody_was_asked(
    status: InvoiceStatus, paid: int, asks: bool
) -> None:
    name = CollectionName(mark="ours", provider_id=7, currency="USD", number=3)
    invoice = replace(OPEN, status=status, paid=paid)
    found = LostInvoice(name=name, customer_id="cus_1", email="sam@example.com", asked_at=DUE, invoice=invoice)
    lost = found.collection
    assert (lost and (lost.name, lost.way, lost.amount)) == ((name, CollectionWay.INVOICE, 2_000) if asks else None)


@pytest.mark.parametrize(
    ("status", "paid", "received"),
    [
        (InvoiceStatus.OPEN, 500, None),
        (InvoiceStatus.UNCOLLECTIBLE, 500, None),
        (InvoiceStatus.VOID, 0, None),
        (InvoiceStatus.VOID, 500, 500),
        (InvoiceStatus.PAID, 2_000, 2_000),
        (InvoiceStatus.PAID, 0, 0),
    ],
)
def test_what_it_brought_is_known_when_no_more_can_come(status: InvoiceStatus, paid: int, received: int | None) -> None:
    ended = replace(OPEN, status=status, paid=paid, ended_at=LATE)
    assert ended.received == (None if received is None else Received(amount=received, at=LATE))


def test_it_is_asked_about_while_money_can_come_and_at_the_moment_when_it_is_due() -> None:
    assert OPEN.rest(DUE - timedelta(days=3)) == timedelta(hours=6)
    assert OPEN.rest(DUE - timedelta(hours=1)) == timedelta(hours=1, minutes=1)
    assert OPEN.rest(LATE) == timedelta(hours=6)
    assert replace(OPEN, status=InvoiceStatus.UNCOLLECTIBLE).rest(LATE) == timedelta(hours=6)
    assert replace(OPEN, status=InvoiceStatus.VOID).rest(LATE) is None


@pytest.mark.parametrize(
    "group", [None, 7, "", "commission-1-USD-3", "commission-ab-x-USD-1", "commission-ab-1-USD-1 "]
)
def test_what_is_no_name_of_a_collection_is_none(group: object) -> None:
    assert CollectionName.read(group) is None


def test_a_name_says_whose_collection_it_is() -> None:
    name = CollectionName(mark="1a2b3c4d", provider_id=7, currency="USD", number=12)
    assert CollectionName.read("commission-1a2b3c4d-7-USD-12") == name
