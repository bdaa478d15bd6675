"""Sessions that were paid, beside orders and charges: what lost webhooks, crashes and restores leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.payments.domain import Session
from checkout.payments.processors.port import Listed, Processor
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.comparing import of_refunds, of_session
from checkout.reconciliation.detectors.detector import DEADLINE, Reach
from checkout.reconciliation.domain import Difference, Looked, Scope


class SessionDetector:
    """By the processor's list.

    longest: how long a session lives: one may be paid so long after it was made
    patience: how long a webhook may take
    """

    name: Final = "sessions"
    reach: Final = Reach.EACH

    def __init__(
        self,
        *,
        database: Database,
        accounts: Accounts,
        longest: timedelta,
        patience: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._longest = longest
        self._patience = patience
        self._clock = clock

    def wants(self, scope: Scope) -> bool:  # noqa: ARG002 there is something in each
        return True

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        listed = await self._listed(self._accounts.processor(account), scope, after)
        late = self._clock.now() - self._patience
        paid = [each for each in listed.items if each.paid and (not scope.whole or (each.paid_at or late) <= late)]
        known = await ours_store.of_sessions(self._database, account, paid)
        differences = [each for session in paid if (each := of_session(account, session, known[session.session_id][1]))]
        if not scope.whole:
            differences += await self._refunds(account, paid)
        return Looked(differences=tuple(differences), checked=len(paid), after=listed.after)

    async def _listed(self, processor: Processor, scope: Scope, after: str | None) -> Listed[Session]:
        if scope.email is not None:
            return await processor.find_sessions(email=scope.email, payment_intent=None, after=after, deadline=DEADLINE)
        stretch = scope.stretch(earlier=self._longest)
        if scope.whole and stretch is not None:
            return await processor.list_sessions(stretch, complete=True, after=after, deadline=DEADLINE)
        found = [await processor.read_session(each, deadline=DEADLINE) for each in await self._named(processor, scope)]
        return Listed(items=found, after=None)

    async def _named(self, processor: Processor, scope: Scope) -> Sequence[str]:
        if scope.session_id is not None:
            return [scope.session_id]
        if scope.order_id is not None:
            return await ours_store.sessions_of(self._database, processor.name, scope.order_id)
        return []

    async def _refunds(self, account: str, paid: Sequence[Session]) -> Iterator[Difference]:
        """Of few sessions: of a stretch of time what has moved the money tells more."""
        told = {each.payment_intent: each.refunded for each in paid if each.payment_intent}
        known = await ours_store.payments(self._database, account, told.keys())
        return (
            difference
            for payment_intent, payment in known.items()
            if (difference := of_refunds(account, payment_intent, told[payment_intent], payment))
        )
