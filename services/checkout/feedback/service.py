"""Takes what buyers say of their purchases. The use case takes the transaction."""

from __future__ import annotations

from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.feedback import store
from checkout.feedback.domain import Feedback, require_bought
from checkout.orders import store as orders_store
from checkout.orders.errors import UnknownOrder
from eventbus import Outbox
from events import ActivityFeedback, OrderId

log = get_logger()


class FeedbackService:
    """How content buyers are."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def give(self, tx: Transaction, order_id: UUID, *, score: int, text: str) -> Feedback:
        """What is known of the order afterwards: the first word counts, a repeat changes nothing.

        Raises UnknownOrder or FeedbackTooEarly.
        """
        order = await orders_store.get(tx, order_id)
        if order is None:
            raise UnknownOrder
        require_bought(order)
        given = Feedback(order_id=order_id, score=score, text=text, given_at=self._clock.now())
        if not await store.keep(tx, given):
            return await store.of_order(tx, order_id) or given
        told = ActivityFeedback(
            visitor_id=str(order_id),
            order_id=OrderId(order_id),
            score=score,
            source=order.source,
            occurred_at=given.given_at,
        )
        await self._outbox.publish(tx, told)
        log.info("feedback_given", order_id=str(order_id), score=score)
        return given
