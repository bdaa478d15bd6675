"""What moved an account's money, beside charges, refunds and disputes that we know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from chassis.database import Database
from chassis.due_rows import side_by_side
from checkout.payments.domain import Charge, Dispute, Movement, ProcessorRefund, is_ours
from checkout.payments.processors.port import Processor
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.comparing import KnownPayment, of_dispute, of_refunds, of_session, refund_is_news
from checkout.reconciliation.detectors.asking import sessions_of_payments
from checkout.reconciliation.detectors.detector import AT_ONCE, DEADLINE, Reach
from checkout.reconciliation.domain import NOTHING, Difference, Looked, Scope
from events import DifferenceKind


class MovementDetector:
    """By the account's balance: nothing is missing there, whatever was or wasn't told.

    longest: how long a session lives: one may be paid so long after it was made
    patience: how long a webhook may take
    """

    name: Final = "movements"
    reach: Final = Reach.EACH

    def __init__(self, *, database: Database, accounts: Accounts, longest: timedelta, patience: timedelta) -> None:
        self._database = database
        self._accounts = accounts
        self._longest = longest
        self._patience = patience

    def wants(self, scope: Scope) -> bool:
        return scope.whole

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        stretch = scope.stretch(younger=self._patience)
        if stretch is None:
            return NOTHING
        processor = self._accounts.processor(account)
        listed = await processor.list_movements(stretch, after=after, deadline=DEADLINE)
        payments = await ours_store.payments(self._database, account, set(_payments(listed.items)))
        found = [
            *[each async for each in self._charges(account, processor, listed.items, payments)],
            *await self._refunds(account, processor, listed.items, payments),
            *await self._disputes(account, listed.items, payments),
        ]
        return Looked(differences=tuple(found), checked=len(listed.items), after=listed.after)

    async def _charges(
        self, account: str, processor: Processor, moved: Sequence[Movement], known: Mapping[str, KnownPayment]
    ) -> AsyncIterator[Difference]:
        """Each that we don't know is looked for among the sessions: it is told of as they are."""
        unknown = {payment: each for each in moved if (payment := _ours(each)) is not None and payment not in known}
        sessions = await sessions_of_payments(
            processor, {payment: each.happened_at for payment, each in unknown.items()}, longest=self._longest
        )
        for payment, each in unknown.items():
            if payment not in sessions and each.charge is not None:
                yield _unknown(account, each.charge, payment)
        ours = await ours_store.of_sessions(self._database, account, list(sessions.values()))
        for session in sessions.values():
            if difference := of_session(account, session, ours[session.session_id][1]):
                yield difference

    async def _refunds(
        self, account: str, processor: Processor, moved: Sequence[Movement], known: Mapping[str, KnownPayment]
    ) -> Sequence[Difference]:
        """By the totals of the payments whose refunds are not all known one by one."""
        told = [each.refund for each in moved if each.refund is not None]
        noted = await ours_store.refunds(self._database, account, [each.refund_id for each in told])
        news = (each.payment_intent or "" for each in told if refund_is_news(each, noted))
        changed = list(dict.fromkeys(each for each in news if each in known))
        ask = partial(processor.refunds_of, deadline=DEADLINE)
        refunded = zip(changed, await side_by_side(ask, changed, at_once=AT_ONCE), strict=True)
        judged = (
            of_refunds(account, payment_intent, found.charge.refunded if found else 0, known[payment_intent])
            for payment_intent, found in refunded
        )
        return [difference for difference in judged if difference is not None]

    async def _disputes(
        self, account: str, moved: Sequence[Movement], known: Mapping[str, KnownPayment]
    ) -> Sequence[Difference]:
        told = {each.dispute.dispute_id: each.dispute for each in moved if each.dispute is not None}
        noted = await ours_store.disputes(self._database, account, told.keys())
        judged = (
            of_dispute(account, each, known.get(each.payment_intent or ""), noted=each.dispute_id in noted)
            for each in told.values()
        )
        return [difference for difference in judged if difference is not None]


def _ours(moved: Movement) -> str | None:
    """Which payment a charge is of that carries our marks."""
    charge = moved.charge
    return charge.payment_intent if charge is not None and is_ours(charge.metadata) else None


def _payments(moved: Sequence[Movement]) -> list[str]:
    about: list[Charge | ProcessorRefund | Dispute | None] = [
        each.charge or each.refund or each.dispute for each in moved
    ]
    return [each.payment_intent for each in about if each is not None and each.payment_intent is not None]


def _unknown(account: str, charge: Charge, payment_intent: str) -> Difference:
    return Difference(
        account=account,
        kind=DifferenceKind.MONEY_UNKNOWN,
        subject=payment_intent,
        order_id=charge.order_id,
        evidence={"charge": charge.charge_id, "amount": charge.amount, "currency": charge.currency},
    )
