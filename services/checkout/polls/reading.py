"""What is done with a page of each list: sessions are followed, webhooks that did not arrive are taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from chassis.clock import Clock
from chassis.database import Database
from chassis.due_rows import side_by_side
from chassis.telemetry import get_logger
from checkout.orders.domain import Why
from checkout.payments import store as payments_store
from checkout.payments.domain import Attempt, Session
from checkout.payments.processors.port import Processor, Stretch
from checkout.polls.domain import SKEW, Poll, Subject
from checkout.purchases.sessions import PaymentPages
from checkout.webhooks.service import WebhookInbox

log = get_logger()

DEADLINE: Final = timedelta(seconds=15)
_AT_ONCE: Final = 4


class Reading(Protocol):
    """What is done with one kind of list. Calls out, so no transaction is open."""

    @property
    def subject(self) -> Subject:
        """What it lists."""
        ...

    async def begin(self, poll: Poll) -> Poll:
        """With the stretch that is worth reading now; without one when there is none."""
        ...

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        """Reads a page and acts on it; where the next one goes on. Raises ProcessorFailure."""
        ...

    async def over(self, poll: Poll) -> bool:
        """Whether the list, which has been read to its end, is never to be read again."""
        ...


class SessionReading:
    """Sessions that were paid and of which no webhook has told: all of a page in one call, never one by one."""

    subject: Final = Subject.SESSIONS

    def __init__(
        self,
        *,
        database: Database,
        processors: Mapping[str, Processor],
        pages: PaymentPages,
        patience: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._processors = processors
        self._pages = pages
        self._patience = patience
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        """From the oldest page on that is open for longer than most buyers and every webhook take."""
        oldest = await payments_store.oldest_open(self._database, poll.processor, open_for=self._patience)
        return poll if oldest is None else poll.begun(since=oldest - SKEW, until=self._clock.now() + SKEW)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._processors[poll.processor].list_sessions(
            stretch, complete=True, after=poll.after, deadline=DEADLINE
        )
        await self.follow(poll.processor, found.items)
        return found.after

    async def over(self, poll: Poll) -> bool:  # noqa: ARG002 there are always more
        return False

    async def follow(self, processor: str, sessions: Sequence[Session]) -> None:
        """Brings our side to where these sessions are; those that are not ours, or that we know, change nothing."""
        by_id = {session.session_id: session for session in sessions}
        attempts = await payments_store.unsettled_of(self._database, processor, list(by_id))

        async def follow_one(attempt: Attempt) -> None:
            session = by_id[str(attempt.session_id)]
            if attempt.is_behind(session):
                log.warning("payment_missed", order_id=str(attempt.order_id), session_id=session.session_id)
                await self._pages.follow(attempt, session, why=Why.FOUND_AT_PROCESSOR)

        await side_by_side(follow_one, attempts, at_once=_AT_ONCE)


class WebhookReading:
    """Webhooks that the processor could not deliver: refunds and disputes, too, of which no payment page tells."""

    subject: Final = Subject.WEBHOOKS

    def __init__(
        self, *, processors: Mapping[str, Processor], inbox: WebhookInbox, patience: timedelta, clock: Clock
    ) -> None:
        self._processors = processors
        self._inbox = inbox
        self._patience = patience
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        """Up to what may still be on its way."""
        until = self._clock.now() - self._patience
        return poll if until <= poll.since else poll.begun(since=poll.since, until=until)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._processors[poll.processor].list_webhooks(
            stretch, missed=True, after=poll.after, deadline=DEADLINE
        )
        await self._inbox.add_missed(found.items)
        return found.after

    async def over(self, poll: Poll) -> bool:  # noqa: ARG002 there are always more
        return False
