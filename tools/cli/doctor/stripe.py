"""Looks at Stripe: the account, whether it may be charged, and where its webhooks go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cli.doctor.asking import Answer
from cli.doctor.check import Examined, Finding, note, wrong
from cli.doctor.vendors import called, reached, unusable

if TYPE_CHECKING:
    from chassis.settings import StripeSettings

_WEBHOOKS: Final = "/api/webhooks/stripe"
_CONNECTED: Final = f"{_WEBHOOKS}/connect"
_DESTINATIONS: Final = "/v2/core/event_destinations?include%5B0%5D=webhook_endpoint.url"
_ANY: Final = "*"
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where Stripe sends webhooks.

    url: the address
    enabled: whether Stripe sends any
    types: of which events
    """

    url: str
    enabled: bool
    types: frozenset[str]


async def stripe_account(examined: Examined) -> Finding:
    """Asks for the account and its webhook endpoints, with the key that checkout uses."""
    from chassis.settings import StripeSettings
    from checkout.payments.processors.stripe_types import HANDLED

    settings = StripeSettings.from_environ(examined.environ)
    account = await _called(examined, settings, "/v1/account")
    if finding := unusable(examined, "Stripe", account, variables="STRIPE_SECRET_KEY", service="checkout"):
        return finding
    told = await _called(examined, settings, "/v1/webhook_endpoints?limit=100")
    if told.status == _FORBIDDEN:
        return note(
            f"{account.document.get('id')}; the key may not read where webhooks go",
            "Give it “Webhook Endpoints: read” in Stripe's dashboard to have them looked at.",
        )
    endpoints = [
        *_endpoints(told.document),
        *_destinations((await _called(examined, settings, _DESTINATIONS)).document),
    ]
    stands_in = settings.stripe_api_url.startswith(str(settings.sandbox_url))
    return judged(account.document, endpoints, examined.address, wanted=HANDLED, settings=settings, stands_in=stands_in)


def judged(
    account: Mapping[str, Any],
    endpoints: Sequence[Endpoint],
    address: str,
    *,
    wanted: Iterable[str],
    settings: StripeSettings,
    stands_in: bool,
) -> Finding:
    """What the account and its endpoints mean for an installation at this address."""
    named = f"{account.get('id')}, {'live' if settings.stripe_livemode else 'test'} mode"
    ours = [each for each in endpoints if each.url.rstrip("/") == address + _WEBHOOKS]
    if not account.get("charges_enabled"):
        return wrong(
            f"{named}: the account may take no payments", "Finish what Stripe's dashboard asks for at the top."
        )
    if not ours:
        return wrong(
            f"{named}: none of {len(endpoints)} webhook endpoints is {address}{_WEBHOOKS}",
            "Add it in Stripe's dashboard under Webhooks, and set STRIPE_WEBHOOK_SECRET to its signing secret.",
        )
    if not any(each.enabled for each in ours):
        return wrong(f"{named}: the webhook endpoint is disabled", "Enable it in Stripe's dashboard under Webhooks.")
    connected = bool(settings.stripe_connect_webhook_secret)
    if finding := _untold(named, ours, wanted) or _of_connected(named, endpoints, address, secret=connected):
        return finding
    text = f"{named}, {len(endpoints)} webhook endpoint{'' if len(endpoints) == 1 else 's'}"
    if len(ours) > 1:
        return note(f"{text}, {len(ours)} of them ours", "Each event comes several times: remove all but one.")
    return reached(text, stands_in=stands_in)


def _untold(named: str, ours: Sequence[Endpoint], wanted: Iterable[str]) -> Finding | None:
    """What is wrong about the events that our own endpoint is told of."""
    types = frozenset(name for each in ours if each.enabled for name in each.types)
    missing = () if _ANY in types else sorted(set(wanted) - types)
    if not missing:
        return None
    return wrong(
        f"{named}: the webhook endpoint is not told of {', '.join(missing)}",
        "Add these events to the endpoint in Stripe's dashboard under Webhooks.",
    )


def _of_connected(named: str, endpoints: Sequence[Endpoint], address: str, *, secret: bool) -> Finding | None:
    """What is wrong about the endpoint for accounts that are connected to this one."""
    listening = any(each.enabled and each.url.rstrip("/") == address + _CONNECTED for each in endpoints)
    if listening == secret:
        return None
    half = "an endpoint, and no secret" if listening else "a secret, and no enabled endpoint"
    return wrong(
        f"{named}: for connected accounts there is {half}",
        f"Have both or neither: the endpoint {address}{_CONNECTED} for events on connected accounts, and its signing"
        " secret in STRIPE_CONNECT_WEBHOOK_SECRET.",
    )


def _endpoints(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    for row in document.get("data", []):
        yield Endpoint(url=row["url"], enabled=row["status"] == "enabled", types=frozenset(row["enabled_events"]))


def _destinations(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    """Those of thin events, too; an account that has no such list has none."""
    for row in document.get("data", []):
        if url := (row.get("webhook_endpoint") or {}).get("url"):
            types = frozenset(name.removeprefix("v1.") for name in row["enabled_events"])
            yield Endpoint(url=url, enabled=row["status"] == "enabled", types=types)


async def _called(examined: Examined, settings: StripeSettings, path: str) -> Answer:
    import stripe

    headers = {
        "Authorization": f"Bearer {settings.stripe_secret_key.get_secret_value()}",
        "Stripe-Version": stripe.api_version,
    }
    return await called(examined, "Stripe", "GET", settings.stripe_api_url + path, headers=headers)
