"""Queues what is said to those whom tickets of an order were given to, and to whoever gave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chassis.database import Transaction
from config import MessageKind
from eventbus import Received
from events import Channel, OrderPaid, OrderRefunded, OrderTicketsTransferred
from notifier.deliveries.notices import Notice
from notifier.deliveries.service import Deliveries
from notifier.messages.domain import Reissue
from notifier.messages.holders import HolderFacts, ended_facts, given_facts, left_facts
from notifier.messages.rules import MessageRules


class HolderAnnouncements:
    """Each method takes an event and the order as it was paid; a repeated event queues nothing twice."""

    def __init__(self, deliveries: Deliveries, rules: Callable[[], MessageRules]) -> None:
        self._deliveries = deliveries
        self._rules = rules

    async def give(self, tx: Transaction, cause: Received[Reissue | OrderTicketsTransferred], order: OrderPaid) -> None:
        """Whom tickets were given to gets what of the event is theirs."""
        told = given_facts(order, cause.event, cause.event.tickets)
        await self._queue(tx, MessageKind.TICKET_GIVEN, cause, told)

    async def tell_left(self, tx: Transaction, cause: Received[OrderTicketsTransferred], order: OrderPaid) -> None:
        """Whoever had tickets hears that somebody else has them."""
        await self._queue(tx, MessageKind.TICKET_LEFT, cause, left_facts(order, cause.event))

    async def tell_ended(self, tx: Transaction, cause: Received[OrderRefunded], order: OrderPaid) -> None:
        """Whom a ticket was given to hears that it ended with a refund."""
        await self._queue(tx, MessageKind.TICKET_ENDED, cause, ended_facts(order, cause.event))

    async def _queue(
        self, tx: Transaction, kind: MessageKind, cause: Received[Any], told: Sequence[HolderFacts]
    ) -> None:
        rules = self._rules()
        notices = [
            Notice(
                policy=rules.policy(kind),
                channel=Channel.EMAIL,
                recipients=rules.recipients(kind, Channel.EMAIL, customer=facts.email),
                content=facts.model_dump(mode="json", by_alias=True),
                order_id=facts.order.order_id,
                occasion=f"{cause.event_id}/{facts.order.seats[0].seat}",
                cause=cause.event_id,
                traceparent=cause.envelope.traceparent,
            )
            for facts in told
        ]
        await self._deliveries.queue(tx, notices)
