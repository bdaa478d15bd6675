"""What a database that comes from a backup has lost, and the processor knows: read once, and then no more (L-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.payments import store as payments_store
from checkout.payments.processors.port import Processor, Stretch
from checkout.payments.service import PaymentService
from checkout.polls.domain import SKEW, Poll, Subject
from checkout.polls.reading import DEADLINE
from checkout.webhooks import store as webhooks_store
from checkout.webhooks.service import WebhookInbox

log = get_logger()


class LostSessionReading:
    """Payment pages that buyers have open, and of which nothing is known here: they are written down again."""

    subject: Final = Subject.LOST_SESSIONS

    def __init__(
        self, *, database: Database, processors: Mapping[str, Processor], payments: PaymentService, clock: Clock
    ) -> None:
        self._database = database
        self._processors = processors
        self._payments = payments
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        return poll.begun(since=poll.since, until=self._clock.now() + SKEW)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._processors[poll.processor].list_sessions(
            stretch, complete=False, after=poll.after, deadline=DEADLINE
        )
        for session in found.items:
            async with self._database.transaction() as tx:
                await self._payments.session_found(tx, session)
        return found.after

    async def over(self, poll: Poll) -> bool:
        """Orders that have no page now never had one: nobody can pay for them."""
        for order_id in await payments_store.without_attempt(self._database, poll.processor, placed_before=poll.since):
            async with self._database.transaction() as tx:
                await self._payments.never_opened(tx, order_id)
        log.info("lost_list_read", vendor=poll.processor, subject=poll.subject.value)
        return True


class LostWebhookReading:
    """Webhooks since the backup, those that came among them: handled again, they say what was paid and given back."""

    subject: Final = Subject.LOST_WEBHOOKS

    def __init__(
        self, *, database: Database, processors: Mapping[str, Processor], inbox: WebhookInbox, clock: Clock
    ) -> None:
        self._database = database
        self._processors = processors
        self._inbox = inbox
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        return poll.begun(since=poll.since, until=self._clock.now() + SKEW)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._processors[poll.processor].list_webhooks(
            stretch, missed=False, after=poll.after, deadline=DEADLINE
        )
        await self._inbox.hold(found.items)
        return found.after

    async def over(self, poll: Poll) -> bool:
        """Until then nothing is given back by itself: which of two payments came first is known only now."""
        await self._inbox.release(poll.processor)
        if await webhooks_store.is_unhandled(self._database, poll.processor, created_before=poll.since):
            return False
        log.info("lost_list_read", vendor=poll.processor, subject=poll.subject.value)
        return True
