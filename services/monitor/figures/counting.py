"""Says in which cells an event counts, by the table `COUNTS`: the same event always gives the same cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from events import (
    UNREADABLE,
    ActivityCheckoutStarted,
    AppointmentDisputeState,
    CancelCause,
    Envelope,
    Event,
    JobFinished,
    LineKind,
    NotificationDelivered,
    NotificationEvent,
    NotificationFailed,
    NotificationQueued,
    NotificationSent,
    NotificationSuppressed,
    OrderCancelled,
    OrderDisputed,
    OrderEvent,
    OrderExpired,
    OrderLine,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    OrderRefundFailed,
    OrderSource,
    OrderStockEvent,
    PassEvent,
    PassUsed,
    PassUseUndone,
    PaymentAppointmentDisputed,
    PaymentAppointmentMismatched,
    PaymentAttemptFailed,
    PaymentCommissionFailed,
    PaymentCommissionWentBack,
    PaymentInquiry,
    PaymentRefundRefused,
    PaymentSecondCharge,
    PaymentWayRefund,
    PaymentWebhookFailed,
    PaymentWebhookReceived,
    ReconciliationFailed,
    ReconciliationRepaired,
    SecurityAccessEnded,
    SecurityActionRefused,
    SecurityEvent,
    SecurityFraudSuspected,
    SecuritySignatureInvalid,
    SecuritySignInFailed,
    ServiceErrorsCounted,
    StockHeld,
    StockOversold,
    StockReleased,
    StockReturned,
    StockSold,
    WayRefundOutcome,
)
from monitor.figures import visits
from monitor.figures.domain import Cell, Counted, Counts, Figure, SaleKind, bucket

# Whether an order was cancelled because the processor failed a buyer who wanted to pay: then it is a failed payment
# that is not the buyer's (M-1). What it refused to sell as we asked is our own fault, no failed payment. A word that
# this reader doesn't know is none.
PROCESSOR_FAILED: Final[Mapping[str, bool]] = MappingProxyType(
    {
        CancelCause.PAYMENT_PAGE_FAILED: True,
        CancelCause.PAYMENT_PAGE_REFUSED: False,
        CancelCause.PAYMENT_PAGE_NEVER_OPENED: True,
        CancelCause.CANCELLED_BY_STAFF: False,
    }
)


# What a person is refused who may not open seats (I-8), as guards name it: by the route.
EXPANSION: Final = "POST /api/admin/inventory/expand"


# What is sold counts as seats, or as passes.
SOLD: Final[Mapping[str, Figure]] = MappingProxyType(
    {LineKind.SEATS: Figure.TICKETS_SOLD, LineKind.PASSES: Figure.PASSES_SOLD}
)


# Whose buyers began to pay; nobody did of what is granted or repaired by hand.
_THROUGH_CHECKOUT: Final = frozenset({OrderSource.WEB, OrderSource.DEMO, OrderSource.SYNTHETIC})


def happened(event: Event, envelope: Envelope) -> datetime:
    """When an event happened, by its own time, else by the moment in which it was written."""
    return getattr(event, "occurred_at", None) or getattr(event, "received_at", None) or envelope.time


def counts(event: Event) -> Iterable[Counted]:
    """What an event adds to which cells; nothing for a type that is no figure."""
    rule = COUNTS.get(type(event))
    return rule(event) if rule else ()


def _order(figure: Figure) -> Counts:
    def count(event: OrderEvent) -> Sequence[Counted]:
        return _by_line(figure, event)

    return count


def _by_line(figure: Figure, event: OrderEvent, *, label: str | None = None) -> Sequence[Counted]:
    """The order once, at its first line, and each line's money at the line's own city and tier."""
    return [
        Counted(cell=_line_cell(figure, event, line, label=label), count=int(line.line == 1), total=line.amount)
        for line in event.lines
    ]


def _line_cell(
    figure: Figure, event: OrderEvent | ActivityCheckoutStarted, line: OrderLine, *, label: str | None = None
) -> Cell:
    """Of what has no seats the city stays empty, and its own id stands for the tier."""
    seats = line.kind == LineKind.SEATS
    return Cell(
        figure=figure,
        kind=SaleKind.of(event.source),
        city=line.item_id if seats else "",
        tier=line.tier if seats else line.item_id,
        label=event.currency if label is None else label,
    )


def _paid(event: OrderPaid) -> Sequence[Counted]:
    waited = max(0, round((event.paid_at - event.processor_time).total_seconds() * 1000))
    timed = Cell(figure=Figure.PAYMENT_PROCESSING, kind=SaleKind.of(event.source), label=bucket(waited))
    sold = [
        Counted(cell=_line_cell(SOLD[line.kind], event, line), count=line.quantity, total=line.amount)
        for line in event.lines
        if line.kind in SOLD
    ]
    processed = (Counted(cell=timed, total=waited),) if event.amount else ()  # what is free has no processor
    customer = Cell(figure=Figure.CUSTOMERS, kind=SaleKind.of(event.source), label=event.customer.kind)
    began = _checkout(Figure.CHECKOUTS_PAID, event) if event.source in _THROUGH_CHECKOUT else ()
    return (*_by_line(Figure.ORDERS_PAID, event), *processed, *sold, *began, Counted(cell=customer))


def _entry(figure: Figure) -> Counts:
    def count(event: PassEvent) -> Sequence[Counted]:
        return (Counted(cell=Cell(figure=figure, kind=SaleKind.of(event.source), tier=event.item_id)),)

    return count


def _refunded(event: OrderRefunded) -> Sequence[Counted]:
    """At the order's first line: a refund made at the processor names none."""
    cell = _line_cell(Figure.REFUNDS, event, event.lines[0])
    return (Counted(cell=cell, total=event.refunded_amount),)


def _refund_failed(event: OrderRefundFailed) -> Sequence[Counted]:
    """Where the refund was counted: a figure never goes back."""
    cell = _line_cell(Figure.REFUNDS_FAILED, event, event.lines[0])
    return (Counted(cell=cell, total=event.failed_amount),)


def _attempt_failed(event: PaymentAttemptFailed) -> Sequence[Counted]:
    figure = Figure.PAYMENTS_DECLINED if event.buyers_fault else Figure.PAYMENTS_FAILED
    return (Counted(cell=Cell(figure=figure, label=event.cause), total=event.amount),)


def _second_charge(event: PaymentSecondCharge) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SECOND_CHARGES, label=event.outcome), total=event.amount),)


def _refund_refused(event: PaymentRefundRefused) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.REFUNDS_REFUSED, label=event.cause), total=event.amount),)


_NOT_GIVEN_BACK: Final[Mapping[str, Figure]] = MappingProxyType(
    {WayRefundOutcome.REFUSED: Figure.REFUNDS_REFUSED, WayRefundOutcome.FAILED: Figure.REFUNDS_FAILED}
)


def _way_refund(event: PaymentWayRefund) -> Sequence[Counted]:
    """What is surplus is a second charge; of others people are told of what did not go back."""
    if event.surplus:
        return (Counted(cell=Cell(figure=Figure.SECOND_CHARGES, label=event.outcome), total=event.amount),)
    figure = _NOT_GIVEN_BACK.get(event.outcome)
    return (Counted(cell=Cell(figure=figure, label=event.cause or ""), total=event.amount),) if figure else ()


def _mismatched(event: PaymentAppointmentMismatched) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.PAYMENTS_MISMATCHED, label=event.state), total=event.paid),)


def _commission_back(event: PaymentCommissionWentBack) -> Sequence[Counted]:
    """What comes again, or was never taken, is nobody's trouble."""
    if event.state in _CAME_AGAIN:
        return ()
    return (Counted(cell=Cell(figure=Figure.COMMISSION_BACK, label=f"{event.kind} {event.state}"), total=event.amount),)


_CAME_AGAIN: Final = frozenset({"failed", "won", "void"})


def _collection_failed(event: PaymentCommissionFailed) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.COLLECTIONS_FAILED, label=event.cause), total=event.amount),)


_DISPUTED: Final[Mapping[str, Figure]] = MappingProxyType(
    {AppointmentDisputeState.INQUIRY: Figure.INQUIRIES, AppointmentDisputeState.OPEN: Figure.DISPUTES}
)


def _appointment_disputed(event: PaymentAppointmentDisputed) -> Sequence[Counted]:
    """That it was asked for, and that it was taken; not how it ended."""
    figure = _DISPUTED.get(event.state)
    return (Counted(cell=Cell(figure=figure, label=event.currency), total=event.amount),) if figure else ()


def _inquiry(event: PaymentInquiry) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.INQUIRIES, label=event.currency), total=event.amount),)


def _cancelled(event: OrderCancelled) -> Sequence[Counted]:
    cancelled = _by_line(Figure.ORDERS_CANCELLED, event)
    if not PROCESSOR_FAILED.get(event.cause, False):
        return cancelled
    failed = Cell(figure=Figure.PAYMENTS_FAILED, kind=SaleKind.of(event.source), label=event.cause)
    return (*cancelled, Counted(cell=failed, total=event.amount))


def _payment_failed(event: OrderPaymentFailed) -> Sequence[Counted]:
    return _by_line(Figure.ORDERS_PAYMENT_FAILED, event, label=event.cause)


def _webhook(event: PaymentWebhookReceived) -> Sequence[Counted]:
    took = max(0, round((event.processed_at - event.received_at).total_seconds() * 1000))
    return (Counted(cell=Cell(figure=Figure.WEBHOOKS_PROCESSED, label=bucket(took)), total=took),)


def _webhook_failed(event: PaymentWebhookFailed) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.WEBHOOKS_FAILED, label=event.webhook_type)),)


def _reconciled(event: ReconciliationRepaired) -> Sequence[Counted]:
    took = max(0, round((event.occurred_at - event.paid_at).total_seconds() * 1000)) if event.paid_at else 0
    return (Counted(cell=Cell(figure=Figure.RECONCILED, label=event.kind), total=took),)


def _reconciliation_failed(event: ReconciliationFailed) -> Sequence[Counted]:
    if event.cause == UNREADABLE:
        return (Counted(cell=Cell(figure=Figure.ACCOUNTS_UNREADABLE, label=event.account)),)
    return (Counted(cell=Cell(figure=Figure.RECONCILIATIONS_FAILED, label=event.cause)),)


def _stock(figure: Figure) -> Counts:
    def count(event: OrderStockEvent) -> Sequence[Counted]:
        return (Counted(cell=Cell(figure=figure, city=event.city_id, tier=event.tier), count=event.quantity),)

    return count


def _message(figure: Figure) -> Counts:
    def count(event: NotificationEvent) -> Sequence[Counted]:
        took = event.response_ms if isinstance(event, NotificationSent) else 0
        return (Counted(cell=Cell(figure=figure, label=event.channel), total=took),)

    return count


def _checkout_started(event: ActivityCheckoutStarted) -> Sequence[Counted]:
    return _checkout(Figure.CHECKOUTS_STARTED, event)


def _checkout(figure: Figure, event: OrderEvent | ActivityCheckoutStarted) -> Sequence[Counted]:
    """By tier and price point, so that it can be read how many of those who began have paid (M-1)."""
    return [
        Counted(
            cell=_line_cell(figure, event, line, label=str(line.unit_price)),
            count=int(line.line == 1),
            total=line.amount,
        )
        for line in event.lines
    ]


def _errors(event: ServiceErrorsCounted) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.ERRORS, label=f"{event.category}/{event.error}"), count=event.count),)


def _job(event: JobFinished) -> Sequence[Counted]:
    took = max(0, round((event.occurred_at - event.began_at).total_seconds() * 1000))
    return (Counted(cell=Cell(figure=Figure.JOBS, label=f"{event.service}/{event.job} {event.outcome}"), total=took),)


def _security(event: SecurityEvent) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SECURITY, label=f"{event.short_type()} {event.code}")),)


def _action_refused(event: SecurityActionRefused) -> Sequence[Counted]:
    refused = Counted(cell=Cell(figure=Figure.EXPANSIONS_REFUSED, label=event.actor), count=event.count)
    return (*_security(event), refused) if event.what == EXPANSION else _security(event)


def _fraud_suspected(event: SecurityFraudSuspected) -> Sequence[Counted]:
    return (*_security(event), Counted(cell=Cell(figure=Figure.FRAUD_SUSPECTED, label=event.code)))


def _access_ended(event: SecurityAccessEnded) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SECURITY, label=f"{event.short_type()} {event.cause}")),)


COUNTS: Final[Mapping[type[Event], Counts]] = MappingProxyType(
    {
        OrderPlaced: _order(Figure.ORDERS_PLACED),
        OrderPaid: _paid,
        OrderPaymentPending: _order(Figure.ORDERS_PENDING),
        OrderExpired: _order(Figure.ORDERS_EXPIRED),
        OrderCancelled: _cancelled,
        OrderPaymentFailed: _payment_failed,
        OrderRefunded: _refunded,
        OrderRefundFailed: _refund_failed,
        OrderDisputed: _order(Figure.DISPUTES),
        PassUsed: _entry(Figure.PASSES_USED),
        PassUseUndone: _entry(Figure.PASSES_UNDONE),
        PaymentAttemptFailed: _attempt_failed,
        PaymentCommissionFailed: _collection_failed,
        PaymentCommissionWentBack: _commission_back,
        PaymentInquiry: _inquiry,
        PaymentSecondCharge: _second_charge,
        PaymentWayRefund: _way_refund,
        PaymentAppointmentMismatched: _mismatched,
        PaymentAppointmentDisputed: _appointment_disputed,
        PaymentRefundRefused: _refund_refused,
        PaymentWebhookReceived: _webhook,
        PaymentWebhookFailed: _webhook_failed,
        ReconciliationRepaired: _reconciled,
        ReconciliationFailed: _reconciliation_failed,
        StockHeld: _stock(Figure.STOCK_HELD),
        StockReleased: _stock(Figure.STOCK_RELEASED),
        StockSold: _stock(Figure.STOCK_SOLD),
        StockReturned: _stock(Figure.STOCK_RETURNED),
        StockOversold: _stock(Figure.STOCK_OVERSOLD),
        NotificationQueued: _message(Figure.MESSAGES_QUEUED),
        NotificationSent: _message(Figure.MESSAGES_SENT),
        NotificationDelivered: _message(Figure.MESSAGES_DELIVERED),
        NotificationFailed: _message(Figure.MESSAGES_FAILED),
        NotificationSuppressed: _message(Figure.MESSAGES_SUPPRESSED),
        **visits.COUNTS,
        ActivityCheckoutStarted: _checkout_started,
        ServiceErrorsCounted: _errors,
        JobFinished: _job,
        SecuritySignInFailed: _security,
        SecuritySignatureInvalid: _security,
        SecurityActionRefused: _action_refused,
        SecurityFraudSuspected: _fraud_suspected,
        SecurityAccessEnded: _access_ended,
    }
)
