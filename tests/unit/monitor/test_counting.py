"""What an event counts as."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts import golden_records
from events import (
    UNREADABLE,
    AccessEnd,
    AppointmentDisputeState,
    CancelCause,
    CustomerKind,
    DifferenceKind,
    OrderSource,
    PassUsed,
    PassUseUndone,
    PaymentAppointmentDisputed,
    ReconciliationFailed,
    ReconciliationRepaired,
    SecondChargeOutcome,
    SecurityAccessEnded,
)
from monitor.figures.counting import PROCESSOR_FAILED, counts
from monitor.figures.domain import Cell, Figure, PaymentCounts, SaleKind, Tally, bucket
from monitor.figures.service import newest_pools
from tests.unit.monitor.samples import (
    NOW,
    attempt_failed,
    commission_went_back,
    order_cancelled,
    order_of_two_lines,
    order_paid,
    refund_failed,
    refund_refused,
    second_charge,
    sms_sent,
    stock_sold,
)

pytestmark = pytest.mark.proves("M-1")


def test_ended_access_counts_by_its_cause() -> None:
    event = SecurityAccessEnded(
        subject="user-1", email="pat@example.com", cause=AccessEnd.DISABLED.value, occurred_at=NOW
    )
    (counted,) = counts(event)
    assert counted.cell == Cell(figure=Figure.SECURITY, label="security.access_ended disabled")


def test_a_paid_order_counts_money_seats_and_the_time_it_took() -> None:
    found = {counted.cell.figure: counted for counted in counts(order_paid())}
    assert (found[Figure.ORDERS_PAID].count, found[Figure.ORDERS_PAID].total) == (1, 95_840)
    assert (found[Figure.TICKETS_SOLD].count, found[Figure.TICKETS_SOLD].total) == (2, 95_840)
    assert found[Figure.TICKETS_SOLD].cell == Cell(
        figure=Figure.TICKETS_SOLD, city="dallas-jan-2027", tier="ga", label="USD"
    )
    assert (found[Figure.PAYMENT_PROCESSING].cell.label, found[Figure.PAYMENT_PROCESSING].total) == ("500", 400)


@pytest.mark.proves("C-3")
@pytest.mark.parametrize("kind", [*CustomerKind])
def test_each_paid_order_counts_what_its_buyer_is(kind: CustomerKind) -> None:
    customer = order_paid().customer.model_copy(update={"kind": kind.value})
    found = [counted for counted in counts(order_paid(customer=customer)) if counted.cell.figure is Figure.CUSTOMERS]
    assert [(counted.count, counted.cell.label) for counted in found] == [(1, kind.value)]


@pytest.mark.proves("C-9")
def test_a_pass_counts_by_its_kind_when_it_is_sold_used_and_undone() -> None:
    paid = order_paid()
    line = paid.lines[0].model_copy(update={"kind": "passes", "item_id": "ten-classes", "tier": "", "quantity": 1})
    found = {each.cell.figure: each for each in counts(order_paid(lines=(line,), seats=(), tickets=()))}
    assert Figure.TICKETS_SOLD not in found
    assert found[Figure.PASSES_SOLD].cell == Cell(figure=Figure.PASSES_SOLD, tier="ten-classes", label="USD")
    for told, figure in ((PassUsed, Figure.PASSES_USED), (PassUseUndone, Figure.PASSES_UNDONE)):
        (entry,) = counts(told.model_validate(golden_records(told.type)[-1].value))
        assert (entry.cell, entry.count) == (Cell(figure=figure, tier="ten-classes"), 1)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (OrderSource.WEB, SaleKind.BUSINESS),
        (OrderSource.REPAIRED, SaleKind.BUSINESS),
        (OrderSource.DEMO, SaleKind.DEMO),
        (OrderSource.SYNTHETIC, SaleKind.SYNTHETIC),
    ],
)
def test_demonstrations_and_synthetic_sales_are_apart(source: OrderSource, kind: SaleKind) -> None:
    assert {counted.cell.kind for counted in counts(order_paid(source=source))} == {kind}


def test_declines_of_the_buyers_are_apart_from_failures() -> None:
    (declined,) = counts(attempt_failed(buyers_fault=True))
    (failed,) = counts(attempt_failed(buyers_fault=False, cause="processing_error"))
    assert declined.cell.figure is Figure.PAYMENTS_DECLINED
    assert (failed.cell.figure, failed.cell.label) == (Figure.PAYMENTS_FAILED, "processing_error")


def test_each_cause_of_a_cancellation_is_judged() -> None:
    assert set(PROCESSOR_FAILED) == set(CancelCause)


@pytest.mark.parametrize("cause", [*CancelCause, "never_heard_of"])
def test_a_cancelled_order_is_a_failed_payment_by_its_cause(cause: str) -> None:
    found = {counted.cell.figure: counted for counted in counts(order_cancelled(cause))}
    assert (found[Figure.ORDERS_CANCELLED].count, found[Figure.ORDERS_CANCELLED].total) == (1, 95_840)
    assert (Figure.PAYMENTS_FAILED in found) is PROCESSOR_FAILED.get(cause, False)


def test_an_order_of_several_lines_counts_once_and_its_money_where_it_belongs() -> None:
    paid = [counted for counted in counts(order_of_two_lines()) if counted.cell.figure is Figure.ORDERS_PAID]
    assert [(each.cell.city, each.cell.tier, each.count, each.total) for each in paid] == [
        ("dallas-jan-2027", "ga", 1, 95_840),
        ("tampa-feb-2027", "vip", 0, 99_900),
    ]


def test_the_success_rate_leaves_declines_out() -> None:
    payments = PaymentCounts(paid=18, failed=2, declined=30)
    assert payments.success_rate == 0.9
    assert payments.failure_rate == pytest.approx(0.1)
    assert PaymentCounts(paid=0, failed=0, declined=5).success_rate == 1.0


def test_messages_count_by_channel_with_their_response_time() -> None:
    (sent,) = counts(sms_sent(120))
    assert (sent.cell.label, sent.count, sent.total) == ("sms", 1, 120)


def test_a_batch_adds_up_by_the_minute_in_which_things_happened() -> None:
    tally = Tally()
    for event in (stock_sold(1, 30, quantity=2), stock_sold(2, 27, quantity=3)):
        for counted in counts(event):
            tally.add(counted, at=NOW)
    ((minute, cell, sums),) = list(tally)
    assert minute == NOW.replace(second=0)
    assert (cell.figure, cell.city, sums.count) == (Figure.STOCK_SOLD, "dallas-jan-2027", 5)


@pytest.mark.proves("E-6")
def test_of_a_pool_the_highest_stock_version_counts_whatever_the_order() -> None:
    (pool,) = newest_pools([stock_sold(7, 20), stock_sold(9, 18), stock_sold(8, 19)])
    assert (pool.stock_version, pool.available, pool.sold) == (9, 18, 17)


def test_long_labels_are_cut() -> None:
    (counted,) = counts(attempt_failed(buyers_fault=False, cause="x" * 1000))
    assert len(counted.cell.label) == 120


def test_durations_fall_into_buckets() -> None:
    assert [bucket(took) for took in (0, 10, 11, 60_000, 60_001)] == ["10", "10", "25", "60000", "inf"]


@pytest.mark.proves("C-5")
def test_a_second_charge_counts_by_what_became_of_it() -> None:
    [counted] = counts(second_charge(SecondChargeOutcome.REFUSED))
    assert (counted.cell.figure, counted.cell.label) == (Figure.SECOND_CHARGES, "refused")
    assert (counted.count, counted.total) == (1, 95_840)


@pytest.mark.proves("C-7")
def test_a_refund_that_failed_counts_where_it_was_counted_before() -> None:
    [failed] = counts(refund_failed())
    assert (failed.cell.figure, failed.cell.city, failed.cell.label) == (
        Figure.REFUNDS_FAILED,
        "dallas-jan-2027",
        "USD",
    )
    assert (failed.count, failed.total) == (1, 47_920)


@pytest.mark.proves("C-7")
def test_a_refused_refund_counts_by_the_processors_code() -> None:
    [counted] = counts(refund_refused())
    assert (counted.cell.figure, counted.cell.label) == (Figure.REFUNDS_REFUSED, "charge_disputed")
    assert (counted.count, counted.total) == (1, 47_920)


@pytest.mark.proves("R-2", "M-1")
def test_what_was_reconciled_counts_with_the_time_from_the_payment_to_its_repair() -> None:
    about: dict[str, Any] = {"run_id": UUID(int=1), "account": "stripe", "subject": "cs_1", "occurred_at": NOW}
    paid_at = NOW - timedelta(seconds=90)
    [mended] = counts(ReconciliationRepaired(**about, kind=DifferenceKind.ORDER_NOT_PAID, paid_at=paid_at))
    assert (mended.cell.figure, mended.cell.label, mended.total) == (Figure.RECONCILED, "order_not_paid", 90_000)
    [left] = counts(ReconciliationFailed(**about, cause=DifferenceKind.AMOUNT_DIFFERS, reason="Too little"))
    assert (left.cell.figure, left.cell.label) == (Figure.RECONCILIATIONS_FAILED, "amount_differs")
    [unread] = counts(ReconciliationFailed(**about, cause=UNREADABLE, reason="401"))
    assert (unread.cell.figure, unread.cell.label) == (Figure.ACCOUNTS_UNREADABLE, "stripe")


@pytest.mark.proves("P-11")
def test_a_dispute_of_an_appointment_counts_once_as_what_it_is() -> None:
    found = {
        state: [(each.cell.figure, each.cell.label, each.total) for each in counts(appointment_disputed(state))]
        for state in AppointmentDisputeState
    }
    assert found == {
        AppointmentDisputeState.INQUIRY: [(Figure.INQUIRIES, "USD", 8_000)],
        AppointmentDisputeState.OPEN: [(Figure.DISPUTES, "USD", 8_000)],
        AppointmentDisputeState.WON: [],
        AppointmentDisputeState.LOST: [],
    }


def appointment_disputed(state: AppointmentDisputeState) -> PaymentAppointmentDisputed:
    return PaymentAppointmentDisputed(
        appointment_id=12,
        provider_id=7,
        processor="stripe",
        dispute_id="du_1",
        amount=8_000,
        currency="USD",
        state=state.value,
        cause="fraudulent",
        occurred_at=NOW,
    )


@pytest.mark.proves("P-7")
@pytest.mark.parametrize(
    ("kind", "state", "counted"),
    [
        ("refund", "done", True),
        ("refund", "failed", False),
        ("dispute", "open", True),
        ("dispute", "won", False),
        ("dispute", "lost", True),
        ("credit_note", "issued", True),
        ("credit_note", "void", False),
    ],
)
def test_commission_that_goes_back_is_counted_and_what_comes_again_is_not(kind: str, state: str, counted: bool) -> None:
    event = commission_went_back(kind=kind, state=state)
    found = [(each.cell.figure, each.cell.label, each.total) for each in counts(event)]
    assert found == ([(Figure.COMMISSION_BACK, f"{kind} {state}", 3_000)] if counted else [])
