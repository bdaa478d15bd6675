"""What each of Stripe's events does (C-4). app.py registers them with the raw store's worker.

Arrows point from webhooks to payments, so these take plain objects; `checkout.app` puts the two together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import continue_trace, get_logger, span
from checkout.orders.domain import Cause
from checkout.payments import store
from checkout.payments.adoption import Adoption
from checkout.payments.domain import Attempt, Session, order_id_of, read_charge, read_session
from checkout.payments.service import PROCESSOR, OrderUnknown, PaymentService
from eventbus import Outbox
from events import OrderId, PaymentWebhookReceived

log = get_logger()

BUYERS_OWN_FAULT = frozenset(
    {
        "card_declined",
        "expired_card",
        "incorrect_cvc",
        "incorrect_number",
        "insufficient_funds",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "payment_intent_authentication_failure",
        "payment_intent_payment_attempt_failed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentNews:
    """One event of Stripe's: what it is about, and how it came."""

    event_id: str
    type: str
    live_mode: bool
    received_at: datetime
    subject: Mapping[str, Any]

    @property
    def cause(self) -> Cause:
        return Cause(who=PROCESSOR, why=self.type, event_id=self.event_id)


Step = Callable[[Transaction, PaymentNews], Awaitable[UUID | None]]


class Ending(Protocol):
    """A use case that ends a session without money."""

    async def __call__(self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None) -> UUID: ...


class StripeEvents:
    """A step for each type of event. Each is safe to repeat, to run concurrently, and in any order.

    Raises OrderUnknown, PaymentTooEarly or PaymentMismatch.
    """

    def __init__(self, *, payments: PaymentService, adoption: Adoption, outbox: Outbox, clock: Clock) -> None:
        self._payments = payments
        self._adoption = adoption
        self._outbox = outbox
        self._clock = clock

    def steps(self) -> Mapping[str, Step]:
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

    async def _completed(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        session = read_session(news.subject)
        attempt = await store.of_session(tx, session.session_id)
        with continue_trace(attempt.traceparent if attempt else None), span(news.type):
            order_id = await self._complete(tx, session, news, attempt)
            await self._received(tx, news, order_id)
        return order_id

    async def _complete(self, tx: Transaction, session: Session, news: PaymentNews, attempt: Attempt | None) -> UUID:
        try:
            return await self._payments.session_completed(tx, session, news.cause, attempt=attempt)
        except OrderUnknown:
            # An earlier system's sale, or one that a restored database has lost.
            await self._adoption.adopt(tx, session)
            return await self._payments.session_completed(tx, session, news.cause, attempt=attempt)

    async def _async_failed(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        return await self._ended(self._payments.async_payment_failed, tx, news)

    async def _expired(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        return await self._ended(self._payments.session_expired, tx, news)

    async def _ended(self, step: Ending, tx: Transaction, news: PaymentNews) -> UUID | None:
        """A session that brought no money and has no order of ours is nobody's loss."""
        session = read_session(news.subject)
        attempt = await store.of_session(tx, session.session_id)
        with continue_trace(attempt.traceparent if attempt else None), span(news.type):
            try:
                order_id = await step(tx, session, news.cause, attempt=attempt)
            except OrderUnknown:
                log.warning("checkout_session_unknown", session_id=session.session_id, type=news.type)
                order_id = None
            return await self._told(tx, news, order_id)

    async def _declined(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        intent = news.subject
        error = intent.get("last_payment_error") or {}
        order_id = order_id_of(intent.get("metadata") or {})
        if order_id is None:
            return None
        code = str(error.get("code") or "")
        charge = error.get("charge") or intent.get("latest_charge") or f"{intent['id']} {error.get('payment_method')}"
        await self._payments.try_declined(
            tx,
            str(charge if isinstance(charge, str) else charge["id"]),
            order_id,
            amount=int(intent["amount"]),
            currency=str(intent["currency"]).upper(),
            code=str(error.get("decline_code") or code or "declined"),
            own_fault=code in BUYERS_OWN_FAULT,
        )
        return await self._told(tx, news, order_id)

    async def _charged(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        return await self._payments.charge_seen(tx, read_charge(news.subject))

    async def _refunded(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        charge = read_charge(news.subject)
        return await self._told(tx, news, await self._payments.refunded(tx, charge, news.cause))

    async def _disputed(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        code = str(news.subject.get("reason") or "unknown")
        intent = news.subject.get("payment_intent")
        return await self._told(tx, news, await self._payments.disputed(tx, intent, news.cause, code=code))

    async def _dispute_closed(self, tx: Transaction, news: PaymentNews) -> UUID | None:
        status = news.subject.get("status")
        if status not in {"won", "lost", "warning_closed"}:
            return None
        intent, won = news.subject.get("payment_intent"), status != "lost"
        return await self._told(tx, news, await self._payments.dispute_closed(tx, intent, news.cause, won=won))

    async def _told(self, tx: Transaction, news: PaymentNews, order_id: UUID | None) -> UUID | None:
        await self._received(tx, news, order_id)
        return order_id

    async def _received(self, tx: Transaction, news: PaymentNews, order_id: UUID | None) -> None:
        received = PaymentWebhookReceived(
            webhook_id=news.event_id,
            webhook_type=news.type,
            processor=PROCESSOR,
            order_id=OrderId(order_id) if order_id else None,
            received_at=news.received_at,
            processed_at=self._clock.now(),
        )
        await self._outbox.publish(tx, received)
