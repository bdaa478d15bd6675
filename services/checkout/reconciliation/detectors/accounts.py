"""Which accounts are connected to ours: each of them is looked at, too."""

from __future__ import annotations

from typing import Final

from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.detector import DEADLINE, Reach
from checkout.reconciliation.domain import Looked, Scope


class AccountDetector:
    """By the processor's list. Of one payer, session or order our own account knows all that can be ours."""

    name: Final = "accounts"
    reach: Final = Reach.CONNECTED

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def wants(self, scope: Scope) -> bool:
        return scope.whole

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:  # noqa: ARG002 ours has them all
        found = await self._accounts.connected(after=after, deadline=DEADLINE)
        return Looked(differences=(), checked=len(found.items), after=found.after, accounts=tuple(found.items))
