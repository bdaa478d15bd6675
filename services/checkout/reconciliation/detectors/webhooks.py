"""Webhooks that the processor could not deliver, and that are not in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from chassis.clock import Clock, utc_text
from chassis.database import Database
from checkout.reconciliation import ours_store
from checkout.reconciliation.accounts import Accounts
from checkout.reconciliation.detectors.detector import DEADLINE, Reach
from checkout.reconciliation.domain import NOTHING, Difference, Looked, Scope
from checkout.webhooks.domain import RawWebhook
from events import DifferenceKind

# Stripe forgets its events after this time.
KEPT: Final = timedelta(days=30)


class WebhookDetector:
    """By the processor's list. `patience`: what is younger may still be on its way."""

    name: Final = "webhooks"
    reach: Final = Reach.EACH

    def __init__(self, *, database: Database, accounts: Accounts, patience: timedelta, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._patience = patience
        self._clock = clock

    def wants(self, scope: Scope) -> bool:
        return scope.whole

    async def look(self, account: str, scope: Scope, *, after: str | None) -> Looked:
        oldest = self._clock.now() - KEPT
        stretch = replace(scope, since=max(scope.since, oldest)).stretch(younger=self._patience)
        if stretch is None:
            return NOTHING
        processor = self._accounts.processor(account)
        listed = await processor.list_webhooks(stretch, missed=True, after=after, deadline=DEADLINE)
        missing = await ours_store.missing_webhooks(self._database, processor.name, listed.items)
        return Looked(
            differences=tuple(_difference(account, each) for each in missing),
            checked=len(listed.items),
            after=listed.after,
            unread=f"events before {oldest:%Y-%m-%d}: the processor keeps them for {KEPT.days} days"
            if scope.since < oldest
            else "",
        )


def _difference(account: str, webhook: RawWebhook) -> Difference:
    return Difference(
        account=account,
        kind=DifferenceKind.WEBHOOK_MISSING,
        subject=webhook.event_id,
        evidence={
            "type": webhook.type,
            "happened_at": utc_text(webhook.created_at),
            "connected_account": webhook.account,
        },
        paid_at=webhook.created_at if webhook.type == "checkout.session.completed" else None,
    )
