"""What each type of Stripe's webhooks does to payments and orders (C-4): one table, one function a type.

Each is safe to repeat, to run concurrently, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import continue_trace, span
from checkout.orders.domain import Cause
from checkout.payments import store
from checkout.payments.afterwards import Afterwards
from checkout.payments.completion import Completion
from checkout.payments.domain import Attempt, Charge, Dispute, ProcessorRefund, Session, is_ours
from checkout.payments.errors import OrderUnknown, PaymentUnknown
from checkout.payments.processors.stripe_objects import (
    read_charge,
    read_decline,
    read_dispute,
    read_processor_refund,
    read_session,
)
from checkout.payments.service import PaymentService
from checkout.webhooks.domain import Incoming, Outcome
from checkout.webhooks.sources import Handler
from eventbus import Outbox
from events import OrderId, PaymentWebhookReceived

NOBODYS: Final = Outcome(ours=False)
# Stripe tells of a change by several of them, depending on how the buyer paid.
_REFUNDS: Final = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")


class Ending(Protocol):
    """A use case that ends a session without money."""

    async def __call__(self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None) -> UUID: ...


class PaymentsOfOthers(Protocol):
    """Payments of our own account that paid for no order."""

    async def make_due(self, tx: Transaction, processor: str, payment_id: str) -> bool:
        """Has its processor asked what went back of one; False where it is none of these."""
        ...


class PagesOfAppointments(Protocol):
    """Payment pages of our own account on which appointments are paid."""

    async def page_completed(self, tx: Transaction, session: Session) -> bool:
        """Follows a page that is complete; False where it is no appointment's."""
        ...


class StripeHandlers:
    """The handlers of Stripe's webhooks. They raise the conditions of payments/errors.py."""

    def __init__(
        self,
        *,
        payments: PaymentService,
        completion: Completion,
        afterwards: Afterwards,
        others: Sequence[PaymentsOfOthers],
        appointments: PagesOfAppointments,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._payments = payments
        self._completion = completion
        self._afterwards = afterwards
        self._others = others
        self._appointments = appointments
        self._outbox = outbox
        self._clock = clock

    def table(self) -> Mapping[str, Handler]:
        """The handler of each type; the others are none of our business."""
        return {
            "checkout.session.completed": self._completed,
            "checkout.session.async_payment_succeeded": self._completed,
            "checkout.session.async_payment_failed": self._async_failed,
            "checkout.session.expired": self._expired,
            "payment_intent.payment_failed": self._declined,
            "charge.succeeded": self._charged,
            "charge.pending": self._charged,
            "charge.refunded": self._refunded,
            **dict.fromkeys(_REFUNDS, self._refund_changed),
            "charge.dispute.created": self._disputed,
            "charge.dispute.funds_withdrawn": self._disputed,
            "charge.dispute.closed": self._dispute_closed,
        }

    async def _completed(self, tx: Transaction, incoming: Incoming) -> Outcome:
        session = read_session(incoming.subject)
        attempt = await store.of_session(tx, session)
        with continue_trace(attempt.traceparent if attempt else None), span(incoming.stored.type):
            order_id = await self._completion.complete(
                tx, session, _cause(incoming), attempt=attempt, happened_at=incoming.stored.created_at
            )
            if order_id is not None:
                return await self._told(tx, incoming, order_id)
            return Outcome(ours=await self._appointments.page_completed(tx, session))

    async def _async_failed(self, tx: Transaction, incoming: Incoming) -> Outcome:
        return await self._ended(self._payments.async_payment_failed, tx, incoming)

    async def _expired(self, tx: Transaction, incoming: Incoming) -> Outcome:
        return await self._ended(self._payments.session_expired, tx, incoming)

    async def _ended(self, end: Ending, tx: Transaction, incoming: Incoming) -> Outcome:
        """A session that brought no money and has no order of ours is nobody's loss."""
        session = read_session(incoming.subject)
        attempt = await store.of_session(tx, session)
        with continue_trace(attempt.traceparent if attempt else None), span(incoming.stored.type):
            try:
                order_id = await end(tx, session, _cause(incoming), attempt=attempt)
            except OrderUnknown:
                return NOBODYS
            return await self._told(tx, incoming, order_id)

    async def _declined(self, tx: Transaction, incoming: Incoming) -> Outcome:
        decline = read_decline(incoming.subject)
        try:
            order_id = await self._payments.try_declined(tx, decline)
        except OrderUnknown:
            return NOBODYS
        return await self._told(tx, incoming, order_id)

    async def _charged(self, tx: Transaction, incoming: Incoming) -> Outcome:
        charge = read_charge(incoming.subject)
        try:
            return Outcome(order_id=await self._afterwards.charge_seen(tx, charge))
        except PaymentUnknown:
            # Its order may be one that is only made when the session is complete.
            return _not_ours_so_far(charge)

    async def _refunded(self, tx: Transaction, incoming: Incoming) -> Outcome:
        charge = read_charge(incoming.subject)
        try:
            order_id = await self._afterwards.refunded(tx, charge, _cause(incoming))
        except PaymentUnknown:
            if is_ours(charge.metadata):
                raise
            return await self._of_no_order(tx, incoming, charge)
        return await self._told(tx, incoming, order_id)

    async def _refund_changed(self, tx: Transaction, incoming: Incoming) -> Outcome:
        refund = read_processor_refund(incoming.subject)
        try:
            order_id = await self._afterwards.refund_changed(tx, refund, _cause(incoming))
        except PaymentUnknown:
            if refund.ours:
                raise
            return await self._of_no_order(tx, incoming, refund)
        return await self._told(tx, incoming, order_id)

    async def _disputed(self, tx: Transaction, incoming: Incoming) -> Outcome:
        dispute = read_dispute(incoming.subject)
        try:
            if dispute.inquiry:
                order_id = await self._afterwards.inquired(tx, dispute)
            else:
                order_id = await self._afterwards.disputed(tx, dispute, _cause(incoming))
        except PaymentUnknown:
            return await self._of_no_order(tx, incoming, dispute)
        return await self._told(tx, incoming, order_id)

    async def _dispute_closed(self, tx: Transaction, incoming: Incoming) -> Outcome:
        dispute = read_dispute(incoming.subject)
        if dispute.won is None:
            return Outcome()
        try:
            order_id = await self._afterwards.dispute_closed(tx, dispute, _cause(incoming), won=dispute.won)
        except PaymentUnknown:
            return await self._of_no_order(tx, incoming, dispute)
        return await self._told(tx, incoming, order_id)

    async def _of_no_order(
        self, tx: Transaction, incoming: Incoming, told: Charge | Dispute | ProcessorRefund
    ) -> Outcome:
        """Money that moved of another payment, which nobody makes known until the transaction ends."""
        for payment_id in _payments(incoming, told):
            for room in self._others:
                if await room.make_due(tx, told.processor, payment_id):
                    return Outcome(payment=told.payment_intent)
        return _not_ours_so_far(told)

    async def _told(self, tx: Transaction, incoming: Incoming, order_id: UUID) -> Outcome:
        stored = incoming.stored
        received = PaymentWebhookReceived(
            webhook_id=stored.event_id,
            webhook_type=stored.type,
            processor=stored.processor,
            order_id=OrderId(order_id),
            received_at=stored.received_at,
            processed_at=self._clock.now(),
        )
        await self._outbox.publish(tx, received)
        return Outcome(order_id=order_id)


def _payments(incoming: Incoming, told: Charge | Dispute | ProcessorRefund) -> Iterator[str]:
    """By which ids a payment may be known: a debit has a charge alone."""
    if told.payment_intent is not None:
        yield told.payment_intent
    charge = told.charge_id if isinstance(told, Charge) else incoming.subject.get("charge")
    if isinstance(charge, str):
        yield charge


def _not_ours_so_far(told: Charge | Dispute | ProcessorRefund) -> Outcome:
    """A dispute has no metadata, and an earlier system's charge may have none: only the payment can tell, later."""
    return Outcome(ours=False, payment=told.payment_intent)


def _cause(incoming: Incoming) -> Cause:
    stored = incoming.stored
    return Cause(who=stored.processor, why=stored.type, event_id=stored.event_id)
