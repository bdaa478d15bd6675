"""What Stripe says of its accounts, of where it sends webhooks, and of events that it could not deliver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from checkout.payments.processors import stripe_webhooks
from checkout.payments.processors.port import Account, Endpoint, Listed, Processor, ProcessorUncertain, Stretch
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.processors.stripe_objects import NAME, PAGE, encode, read_page
from checkout.payments.processors.stripe_types import HANDLED
from checkout.webhooks.domain import RawWebhook

# The lists of those of snapshots, and of those of thin events.
ENDPOINTS: Final = (
    f"/v1/webhook_endpoints?limit={PAGE}",
    "/v2/core/event_destinations?include%5B0%5D=webhook_endpoint.url",
)
_ANY: Final = "*"


class StripeDesk:
    """Reads only, through the same token buckets as every other call."""

    name: Final = NAME
    handled: Final = HANDLED

    def __init__(self, stripe: StripeProcessor) -> None:
        self._stripe = stripe

    def marks(self, *, connected: bool) -> tuple[str, ...]:
        return self._stripe.marks(connected=connected)

    async def own_account(self, *, deadline: timedelta) -> Account:
        return read_account(await self._stripe.read("accounts", "/v1/account", deadline=deadline), connected=False)

    async def connected_accounts(self, *, after: str | None, deadline: timedelta) -> Listed[Account]:
        query = encode({"limit": PAGE, **({"starting_after": after} if after else {})})
        found = await self._stripe.read("accounts", f"/v1/accounts?{query}", deadline=deadline)
        return read_page(found, lambda each: read_account(each, connected=True))

    async def endpoints(self, *, deadline: timedelta) -> Sequence[Endpoint]:
        """Those of snapshots and those of thin events."""
        found = [await self._stripe.read("endpoints", path, deadline=deadline) for path in ENDPOINTS]
        return read_endpoints(*found)

    async def events(
        self, happened: Stretch, *, undelivered: bool, account: str | None, after: str | None, deadline: timedelta
    ) -> Listed[RawWebhook]:
        return await self._stripe.of(account).list_webhooks(
            happened, missed=undelivered, after=after, deadline=deadline
        )

    async def event(self, event_id: str, *, account: str | None, deadline: timedelta) -> RawWebhook:
        """In full, also where its thin form came."""
        return await self._stripe.of(account).read_webhook(event_id, deadline=deadline)

    def books(self, account: str) -> Processor:
        return self._stripe.of(account)


def read_account(found: Mapping[str, Any], *, connected: bool) -> Account:
    """An account from Stripe's JSON; raises ProcessorUncertain when it isn't one."""
    account_id = found.get("id")
    if not isinstance(account_id, str):
        raise ProcessorUncertain("the answer is no account")
    return Account(account_id=account_id, may_charge=bool(found.get("charges_enabled")), connected=connected)


def read_endpoints(snapshots: Mapping[str, Any], thin: Mapping[str, Any]) -> Sequence[Endpoint]:
    """What the two lists of `ENDPOINTS` have; an account that lacks one has none there."""
    return [*map(_endpoint, snapshots.get("data") or ()), *_destinations(thin.get("data") or ())]


def _endpoint(found: Mapping[str, Any]) -> Endpoint:
    return Endpoint(url=found["url"], enabled=found["status"] == "enabled", types=_types(found))


def _destinations(rows: Sequence[Mapping[str, Any]]) -> Iterator[Endpoint]:
    for row in rows:
        if url := (row.get("webhook_endpoint") or {}).get("url"):
            yield Endpoint(url=url, enabled=row["status"] == "enabled", types=_types(row))


def _types(found: Mapping[str, Any]) -> frozenset[str] | None:
    """Thin events are named as snapshots with a prefix."""
    named = found["enabled_events"]
    return None if _ANY in named else frozenset(stripe_webhooks.plain_type(name) for name in named)
