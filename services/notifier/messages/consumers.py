"""Reads the events that messages follow from, in a group for SMS and one for e-mail: neither stops the other (E-7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from chassis.database import Transaction
from eventbus import Effect, Received, Start, View
from events import (
    CatalogueCityChanged,
    CustomerChangeAsked,
    CustomerPurchasesRequested,
    Event,
    OrderCustomerChanged,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    OrderSeatsMoved,
    OrderStockEvent,
    OrderTicketsReplaced,
    OrderTicketsRequested,
    OrderTicketsTransferred,
    PassEnding,
    PassGranted,
    PaymentAppointmentPaid,
    PaymentSecondCharge,
    PaymentWayRefund,
    StockExpanded,
    StockHeld,
    StockLevelChanged,
    StockLow,
    StockOversold,
    StockOversoldResolved,
    StockReleased,
    StockReset,
    StockReturned,
    StockSold,
    StockSoldOut,
    Topic,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistOfferEnded,
)
from notifier.messages.service import Announcements
from notifier.messages.stock_view import StockView

SMS_GROUP = "notifier-sms"
EMAIL_GROUP = "notifier-email"


def effects(announcements: Announcements) -> tuple[Effect, ...]:
    """Messages to people begin now: a new group sends no old news."""

    async def seats(tx: Transaction, batch: Sequence[Received[OrderStockEvent]]) -> None:
        newest = sorted(batch, key=lambda received: received.event.stock_version)
        await announcements.seated(
            tx,
            {
                received.event.order_id: "oversold" if isinstance(received.event, StockOversold) else "sold"
                for received in newest
            },
        )

    return (
        Effect(
            group=SMS_GROUP,
            topics=(Topic.ORDERS,),
            start=Start.NOW,
            handlers={OrderPaid: announcements.sold},
            gather=timedelta(milliseconds=20),
        ),
        Effect(
            group=EMAIL_GROUP,
            topics=(Topic.ORDERS, Topic.STOCK, Topic.PAYMENTS, Topic.CUSTOMERS),
            start=Start.NOW,
            handlers={
                OrderPaid: announcements.confirmed,
                OrderSeatsMoved: announcements.reissued,
                OrderTicketsReplaced: announcements.reissued,
                OrderTicketsRequested: announcements.reissued,
                OrderCustomerChanged: announcements.customer_changed,
                OrderTicketsTransferred: announcements.transferred,
                OrderPaymentFailed: announcements.payment_failed,
                OrderRefunded: announcements.refunded,
                PaymentSecondCharge: announcements.charged_twice,
                PaymentAppointmentPaid: announcements.appointments.paid,
                PaymentWayRefund: announcements.appointments.refunded,
                PassGranted: announcements.pass_granted,
                PassEnding: announcements.pass_ending,
                CustomerPurchasesRequested: announcements.purchases,
                CustomerChangeAsked: announcements.change_asked,
                StockSold: seats,
                StockOversold: seats,
                StockOversoldResolved: announcements.seat_found,
                WaitlistJoined: announcements.waits,
                WaitlistOffered: announcements.offered,
                WaitlistOfferEnded: announcements.offer_ended,
            },
            gather=timedelta(milliseconds=20),
        ),
    )


def stock_reading(stock_view: StockView) -> View:
    """Every process that writes messages reads this from the beginning."""
    takes: Mapping[type[Event], Callable[[Any], None]] = {
        CatalogueCityChanged: stock_view.take_city,
        StockHeld: stock_view.take_levels,
        StockReleased: stock_view.take_levels,
        StockSold: stock_view.take_levels,
        StockReturned: stock_view.take_levels,
        StockOversold: stock_view.take_levels,
        StockOversoldResolved: stock_view.take_levels,
        StockLevelChanged: stock_view.take_levels,
        StockExpanded: stock_view.take_levels,
        StockReset: stock_view.take_levels,
        StockLow: stock_view.take_levels,
        StockSoldOut: stock_view.take_levels,
    }

    async def handle(batch: Sequence[Received[Event]]) -> None:
        for received in batch:
            takes[type(received.event)](received.event)

    return View(
        name="notifier-stock",
        topics=(Topic.CATALOGUE, Topic.STOCK),
        types=tuple(takes),
        handler=handle,
        start=Start.BEGINNING,
    )
