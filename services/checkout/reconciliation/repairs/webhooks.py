"""Differences about webhooks: they are taken in as if they had come, and handled by whoever handles all of them."""

from __future__ import annotations

from chassis.database import Database
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.detector import DEADLINE
from checkout.reconciliation.domain import REPAIRED, Difference, Settlement
from checkout.webhooks.domain import RawWebhook
from checkout.webhooks.service import WebhookInbox


class WebhookRepair:
    """By the processor's own copy."""

    def __init__(self, *, database: Database, accounts: Accounts, inbox: WebhookInbox) -> None:
        self._database = database
        self._accounts = accounts
        self._inbox = inbox

    async def see(self, difference: Difference) -> RawWebhook:
        return await self._accounts.processor(difference.account).read_webhook(difference.subject, deadline=DEADLINE)

    async def look(self, difference: Difference, seen: RawWebhook) -> Difference | None:
        return difference if await ours_store.missing_webhooks(self._database, seen.processor, [seen]) else None

    async def mend(self, difference: Difference, seen: RawWebhook) -> Settlement:  # noqa: ARG002 all are mended alike
        await self._inbox.add_missed([seen])
        return REPAIRED
