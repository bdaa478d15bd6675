"""Which cells an event counts in. Pure: the same event always gives the same cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from events import (
    ActivityCheckoutStarted,
    Envelope,
    Event,
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
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    OrderStockEvent,
    PaymentAttemptFailed,
    PaymentWebhookFailed,
    PaymentWebhookReceived,
    SecurityActionRefused,
    SecurityEvent,
    SecuritySignatureInvalid,
    SecuritySignInFailed,
    ServiceErrorsCounted,
    StockHeld,
    StockOversold,
    StockReleased,
    StockReturned,
    StockSold,
)
from monitor.figures.domain import Cell, Counted, Figure, SaleKind, bucket

Counts = Callable[[Any], Iterable[Counted]]

# Why checkout gives an order up that the buyer wanted to pay: a failed payment that is not the buyer's (M-1).
PROCESSOR_FAILED: Final = frozenset({"payment page failed", "payment page was never opened"})


def happened(event: Event, envelope: Envelope) -> datetime:
    """When it happened: the event's own time, else the moment in which it was written."""
    return getattr(event, "occurred_at", None) or getattr(event, "received_at", None) or envelope.time


def counts(event: Event) -> Iterable[Counted]:
    """What an event adds to which cells; nothing for a type that is no figure."""
    rule = COUNTS.get(type(event))
    return rule(event) if rule else ()


def _order(figure: Figure, *, amount: Callable[[Any], int] = lambda event: event.amount) -> Counts:
    def count(event: OrderEvent) -> Sequence[Counted]:
        return (Counted(cell=_order_cell(figure, event), total=amount(event)),)

    return count


def _order_cell(figure: Figure, event: OrderEvent, *, tier: str | None = None) -> Cell:
    return Cell(
        figure=figure,
        kind=SaleKind.of(event.source),
        city=event.city_id,
        tier=tier or event.tier,
        label=event.currency,
    )


def _paid(event: OrderPaid) -> Sequence[Counted]:
    waited = max(0, round((event.paid_at - event.processor_time).total_seconds() * 1000))
    timed = Cell(figure=Figure.PAYMENT_PROCESSING, kind=SaleKind.of(event.source), label=bucket(waited))
    lines = [
        Counted(cell=_order_cell(Figure.TICKETS_SOLD, event, tier=line.tier), count=line.quantity, total=line.amount)
        for line in event.lines
    ]
    paid = Counted(cell=_order_cell(Figure.ORDERS_PAID, event), total=event.amount)
    return (paid, Counted(cell=timed, total=waited), *lines)


def _attempt_failed(event: PaymentAttemptFailed) -> Sequence[Counted]:
    figure = Figure.PAYMENTS_DECLINED if event.buyers_fault else Figure.PAYMENTS_FAILED
    return (Counted(cell=Cell(figure=figure, label=event.reason), total=event.amount),)


def _cancelled(event: OrderCancelled) -> Sequence[Counted]:
    cancelled = Counted(cell=_order_cell(Figure.ORDERS_CANCELLED, event), total=event.amount)
    if event.reason not in PROCESSOR_FAILED:
        return (cancelled,)
    failed = Cell(figure=Figure.PAYMENTS_FAILED, kind=SaleKind.of(event.source), label=event.reason)
    return (cancelled, Counted(cell=failed, total=event.amount))


def _payment_failed(event: OrderPaymentFailed) -> Sequence[Counted]:
    cell = Cell(
        figure=Figure.ORDERS_PAYMENT_FAILED,
        kind=SaleKind.of(event.source),
        city=event.city_id,
        tier=event.tier,
        label=event.reason,
    )
    return (Counted(cell=cell, total=event.amount),)


def _webhook(event: PaymentWebhookReceived) -> Sequence[Counted]:
    took = max(0, round((event.processed_at - event.received_at).total_seconds() * 1000))
    return (Counted(cell=Cell(figure=Figure.WEBHOOKS_PROCESSED, label=bucket(took)), total=took),)


def _webhook_failed(event: PaymentWebhookFailed) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.WEBHOOKS_FAILED, label=event.webhook_type)),)


def _stock(figure: Figure) -> Counts:
    def count(event: OrderStockEvent) -> Sequence[Counted]:
        return (Counted(cell=Cell(figure=figure, city=event.city_id, tier=event.tier), count=event.quantity),)

    return count


def _message(figure: Figure) -> Counts:
    def count(event: NotificationEvent) -> Sequence[Counted]:
        took = event.response_ms if isinstance(event, NotificationSent) else 0
        return (Counted(cell=Cell(figure=figure, label=event.channel.value), total=took),)

    return count


def _checkout_started(event: ActivityCheckoutStarted) -> Sequence[Counted]:
    cell = Cell(
        figure=Figure.CHECKOUTS_STARTED,
        kind=SaleKind.of(event.source),
        city=event.city_id,
        tier=event.tier,
        label=str(event.unit_price),
    )
    return (Counted(cell=cell, total=event.unit_price * event.quantity),)


def _errors(event: ServiceErrorsCounted) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.ERRORS, label=f"{event.category}/{event.error}"), count=event.count),)


def _security(event: SecurityEvent) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SECURITY, label=f"{event.short_type()} {event.code}")),)


COUNTS: Final[Mapping[type[Event], Counts]] = MappingProxyType(
    {
        OrderPlaced: _order(Figure.ORDERS_PLACED),
        OrderPaid: _paid,
        OrderPaymentPending: _order(Figure.ORDERS_PENDING),
        OrderExpired: _order(Figure.ORDERS_EXPIRED),
        OrderCancelled: _cancelled,
        OrderPaymentFailed: _payment_failed,
        OrderRefunded: _order(Figure.REFUNDS, amount=lambda event: event.refunded_amount),
        OrderDisputed: _order(Figure.DISPUTES),
        PaymentAttemptFailed: _attempt_failed,
        PaymentWebhookReceived: _webhook,
        PaymentWebhookFailed: _webhook_failed,
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
        ActivityCheckoutStarted: _checkout_started,
        ServiceErrorsCounted: _errors,
        SecuritySignInFailed: _security,
        SecuritySignatureInvalid: _security,
        SecurityActionRefused: _security,
    }
)
