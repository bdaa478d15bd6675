"""Whose lists at processors are compared: those of our own accounts, and of the accounts that are connected to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from checkout.payments.processors.port import Listed, Processor, ProcessorDesk

_CONNECTED: Final = re.compile(r"acct_[A-Za-z0-9]{1,64}")


class Accounts:
    """`processors`: our own account at each, by name; `desk`: knows which are connected to it."""

    def __init__(self, processors: Mapping[str, Processor], desk: ProcessorDesk) -> None:
        self._processors = processors
        self._desk = desk

    @property
    def own(self) -> tuple[str, ...]:
        """Our own ones, as they are looked at one after the other."""
        return tuple(self._processors)

    def is_own(self, account: str) -> bool:
        """Whether its payments are those of our orders."""
        return account in self._processors

    def may_be(self, account: str) -> bool:
        """Whether an account could have this name; of one that is connected only the processor knows."""
        return self.is_own(account) or _CONNECTED.fullmatch(account) is not None

    def processor(self, account: str) -> Processor:
        """What reads its lists."""
        return self._processors.get(account) or self._desk.books(account)

    async def connected(self, *, after: str | None, deadline: timedelta) -> Listed[str]:
        """A page of the accounts that are connected to ours. Raises ProcessorFailure."""
        found = await self._desk.connected_accounts(after=after, deadline=deadline)
        return Listed(items=[each.account_id for each in found.items], after=found.after)
