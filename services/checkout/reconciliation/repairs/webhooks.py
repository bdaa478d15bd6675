"""Differences about webhooks: they are taken in as if they had come, and handled by whoever handles all of them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from chassis.database import Database
from checkout.payments.processors.port import Stretch
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.detector import DEADLINE
from checkout.reconciliation.detectors.webhooks import KEPT
from checkout.reconciliation.domain import REPAIRED, Difference, Settlement
from checkout.webhooks.domain import RawWebhook
from checkout.webhooks.service import WebhookInbox

# That many are kept of lists that were asked for one of them.
_MOST_BESIDE: Final = 1_000


class WebhookRepair:
    """By the processor's own copy. Whoever lost one has lost others: a list has a hundred in the place of one."""

    def __init__(self, *, database: Database, accounts: Accounts, inbox: WebhookInbox) -> None:
        self._database = database
        self._accounts = accounts
        self._inbox = inbox
        self._beside: dict[str, RawWebhook] = {}
        self._listing = asyncio.Lock()

    async def see(self, difference: Difference) -> RawWebhook:
        listed = await self._listed(difference)
        if listed is not None:
            return listed
        return await self._accounts.processor(difference.account).read_webhook(difference.subject, deadline=DEADLINE)

    async def look(self, difference: Difference, seen: RawWebhook) -> Difference | None:
        return difference if await ours_store.missing_webhooks(self._database, seen.processor, [seen]) else None

    async def mend(self, difference: Difference, seen: RawWebhook) -> Settlement:  # noqa: ARG002 all are mended alike
        await self._inbox.add_missed([seen])
        return REPAIRED

    async def _listed(self, difference: Difference) -> RawWebhook | None:
        """None when the list has it no more, since it was delivered meanwhile."""
        async with self._listing:
            # What an earlier release has found does not say when it happened.
            if difference.subject not in self._beside and "happened_at" in difference.evidence:
                await self._list(difference)
            return self._beside.pop(difference.subject, None)

    async def _list(self, difference: Difference) -> None:
        """It, and those before it."""
        until = datetime.fromisoformat(str(difference.evidence["happened_at"]))
        listed = await self._accounts.processor(difference.account).list_webhooks(
            Stretch(since=until - KEPT, until=until), missed=True, after=None, deadline=DEADLINE
        )
        if len(self._beside) > _MOST_BESIDE:
            self._beside.clear()
        self._beside |= {each.event_id: each for each in listed.items}
