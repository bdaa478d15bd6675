"""Orders that wait though their page has ended, or their money has come or will not: nobody has told."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.app import read_place, write_cursor
from chassis.database import Database
from checkout.payments.processors.port import Stretch
from checkout.polls.asking import sessions_among
from checkout.polls.domain import SKEW
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.comparing import of_waiting
from checkout.reconciliation.detectors.detector import Reach
from checkout.reconciliation.domain import Difference, Looked, Scope

# How long after the end of its page the sweeper may take.
PATIENCE: Final = timedelta(minutes=10)
_PAGE: Final = 100


class WaitingDetector:
    """By our own attempts, whose sessions the processor is asked about."""

    name: Final = "waiting"
    reach: Final = Reach.OWN

    def __init__(self, *, database: Database, accounts: Accounts, longest: timedelta) -> None:
        self._database = database
        self._accounts = accounts
        self._longest = longest

    def wants(self, scope: Scope) -> bool:
        return scope.whole

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        processor = self._accounts.processor(account)
        waiting = await ours_store.waiting(
            self._database,
            account,
            scope.since - self._longest,
            scope.until,
            patience=PATIENCE,
            after=read_place(after) if after else None,
            limit=_PAGE,
        )
        if not waiting:
            return Looked(differences=(), checked=0, after=None)
        made = Stretch(since=waiting[0][0][0] - SKEW, until=waiting[-1][0][0] + SKEW)
        differences: list[Difference] = []
        async for sessions in sessions_among(processor, made, {session_id for _, session_id in waiting}):
            known = await ours_store.of_sessions(self._database, account, sessions)
            for session in sessions:
                attempt, ours = known[session.session_id]
                if attempt and (difference := of_waiting(account, session, attempt, ours)):
                    differences.append(difference)
        more = len(waiting) == _PAGE
        return Looked(
            differences=tuple(differences), checked=len(waiting), after=write_cursor(*waiting[-1][0]) if more else None
        )
