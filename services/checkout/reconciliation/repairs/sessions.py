"""Differences about payment pages: their orders are brought to where the money is, as by their webhooks."""

from __future__ import annotations

from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.orders.domain import Why
from checkout.payments.completion import Completion
from checkout.payments.domain import Attempt, Session, amount_text
from checkout.purchases.sessions import PaymentPages
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.comparing import Ours, of_session, of_waiting
from checkout.reconciliation.detectors.detector import DEADLINE
from checkout.reconciliation.domain import REPAIRED, Difference, Settlement, persons
from checkout.reconciliation.repairs.repair import FOUND
from checkout.webhooks.errors import Refusal
from events import DifferenceKind

# In place of the address, which is kept nowhere.
_EMAIL: Final = "EMAIL"


class SessionRepair:
    """By the session as it is now."""

    def __init__(
        self,
        *,
        database: Database,
        accounts: Accounts,
        pages: PaymentPages,
        completion: Completion,
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._pages = pages
        self._completion = completion
        self._clock = clock

    async def see(self, difference: Difference) -> Session:
        return await self._accounts.processor(difference.account).read_session(difference.subject, deadline=DEADLINE)

    async def look(self, difference: Difference, seen: Session) -> Difference | None:
        return (await self._beside(difference.account, seen))[2]

    async def mend(self, difference: Difference, seen: Session) -> Settlement:
        attempt, ours, now = await self._beside(difference.account, seen)
        if now is None:
            return REPAIRED
        if not self._accounts.is_own(now.account):
            return elsewhere(now.account, seen)
        if now.kind is DifferenceKind.AMOUNT_DIFFERS and ours is not None:
            return _differs(seen, ours)
        try:
            await self._follow(seen, attempt)
        except Refusal as refusal:
            return persons(f"No order can be made of it: {refusal}", _grant(seen))
        if await self.look(difference, seen) is None:
            return REPAIRED
        return persons("Its order did not follow", f"fullhouse orders show {now.order_id}")

    async def _beside(self, account: str, session: Session) -> tuple[Attempt | None, Ours | None, Difference | None]:
        """What we have of it, and what is wrong with that."""
        known = await ours_store.of_sessions(self._database, account, [session])
        attempt, ours = known[session.session_id]
        now = (
            of_waiting(account, session, attempt, ours)
            if attempt and not session.paid
            else of_session(account, session, ours)
        )
        return attempt, ours, now

    async def _follow(self, session: Session, attempt: Attempt | None) -> None:
        if attempt is not None:
            await self._pages.follow(attempt, session, why=Why.FOUND_AT_PROCESSOR)
            return
        happened_at = session.paid_at or self._clock.now()
        async with self._database.transaction() as tx:
            await self._completion.complete(tx, session, FOUND, attempt=None, happened_at=happened_at)


def _differs(session: Session, ours: Ours) -> Settlement:
    paid, due = amount_text(session.amount, session.currency), amount_text(ours.amount, ours.currency)
    mode = "" if session.live_mode == ours.live_mode else ", of another mode"
    return persons(
        f"{paid} were paid and {due} are due{mode}: give {session.payment_intent} back at the processor, or the seats",
        f"fullhouse orders show {ours.order_id}",
    )


def elsewhere(account: str, session: Session) -> Settlement:
    """Money that somebody else has got: no order is paid by it."""
    return persons(
        f"It was paid to {account}, which is not ours: give it back there, or the seats, and close this then",
        f'fullhouse {_gift(session)} --reason "Paid to {account}"',
    )


def _grant(session: Session) -> str:
    """What gives the payer what was paid for, once."""
    return f'fullhouse {_gift(session)} --session {session.session_id} --reason "Paid, and no order"'


def _gift(session: Session) -> str:
    item, tier, quantity = (session.metadata.get(name, "?") for name in ("cityId", "ticketType", "quantity"))
    return f"tickets grant {_EMAIL} {item} {tier.lower()} {quantity}" if tier else f"passes grant {_EMAIL} {item}"
