"""What each type of Stripe's webhooks does to payments and orders (C-4): one table, one function a type.

Each is safe to repeat, to run concurrently, and in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import continue_trace, get_logger, span
from checkout.orders.domain import Cause
from checkout.payments import store
from checkout.payments.adoption import Adoption
from checkout.payments.domain import Attempt, Session
from checkout.payments.errors import OrderUnknown
from checkout.payments.processors.stripe_objects import read_charge, read_decline, read_dispute, read_session
from checkout.payments.service import PaymentService
from checkout.webhooks.domain import Incoming
from checkout.webhooks.sources import Handler
from eventbus import Outbox
from events import OrderId, PaymentWebhookReceived

log = get_logger()


class Ending(Protocol):
    """A use case that ends a session without money."""

    async def __call__(self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None) -> UUID: ...


class StripeHandlers:
    """The handlers of Stripe's webhooks. They raise the conditions of payments/errors.py."""

    def __init__(self, *, payments: PaymentService, adoption: Adoption, outbox: Outbox, clock: Clock) -> None:
        self._payments = payments
        self._adoption = adoption
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
            "charge.dispute.created": self._disputed,
            "charge.dispute.closed": self._dispute_closed,
        }

    async def _completed(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        session = read_session(incoming.subject)
        attempt = await store.of_session(tx, session)
        with continue_trace(attempt.traceparent if attempt else None), span(incoming.stored.type):
            order_id = await self._complete(tx, session, _cause(incoming), attempt)
            return await self._told(tx, incoming, order_id)

    async def _complete(self, tx: Transaction, session: Session, cause: Cause, attempt: Attempt | None) -> UUID:
        try:
            return await self._payments.session_completed(tx, session, cause, attempt=attempt)
        except OrderUnknown:
            # An earlier system's sale, or one that a restored database has lost.
            await self._adoption.adopt(tx, session)
            return await self._payments.session_completed(tx, session, cause, attempt=attempt)

    async def _async_failed(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        return await self._ended(self._payments.async_payment_failed, tx, incoming)

    async def _expired(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        return await self._ended(self._payments.session_expired, tx, incoming)

    async def _ended(self, end: Ending, tx: Transaction, incoming: Incoming) -> UUID | None:
        """A session that brought no money and has no order of ours is nobody's loss."""
        session = read_session(incoming.subject)
        attempt = await store.of_session(tx, session)
        with continue_trace(attempt.traceparent if attempt else None), span(incoming.stored.type):
            try:
                order_id = await end(tx, session, _cause(incoming), attempt=attempt)
            except OrderUnknown:
                log.warning("checkout_session_unknown", session_id=session.session_id, type=incoming.stored.type)
                order_id = None
            return await self._told(tx, incoming, order_id)

    async def _declined(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        decline = read_decline(incoming.subject)
        if decline.order_id is None:
            return None
        await self._payments.try_declined(tx, decline, order_id=decline.order_id)
        return await self._told(tx, incoming, decline.order_id)

    async def _charged(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        return await self._payments.charge_seen(tx, read_charge(incoming.subject))

    async def _refunded(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        order_id = await self._payments.refunded(tx, read_charge(incoming.subject), _cause(incoming))
        return await self._told(tx, incoming, order_id)

    async def _disputed(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        order_id = await self._payments.disputed(tx, read_dispute(incoming.subject), _cause(incoming))
        return await self._told(tx, incoming, order_id)

    async def _dispute_closed(self, tx: Transaction, incoming: Incoming) -> UUID | None:
        dispute = read_dispute(incoming.subject)
        if dispute.won is None:
            return None
        order_id = await self._payments.dispute_closed(tx, dispute, _cause(incoming), won=dispute.won)
        return await self._told(tx, incoming, order_id)

    async def _told(self, tx: Transaction, incoming: Incoming, order_id: UUID | None) -> UUID | None:
        stored = incoming.stored
        received = PaymentWebhookReceived(
            webhook_id=stored.event_id,
            webhook_type=stored.type,
            processor=stored.processor,
            order_id=OrderId(order_id) if order_id else None,
            received_at=stored.received_at,
            processed_at=self._clock.now(),
        )
        await self._outbox.publish(tx, received)
        return order_id


def _cause(incoming: Incoming) -> Cause:
    stored = incoming.stored
    return Cause(who=stored.processor, why=stored.type, event_id=stored.event_id)
