"""Looks at Stripe: the account, whether it may be charged, and where its webhooks go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.doctor.asking import Answer
from cli.doctor.check import Examined, Finding, note, wrong
from cli.doctor.vendors import called, reached, unusable

if TYPE_CHECKING:
    from chassis.settings import StripeSettings
    from checkout.endpoints.domain import SetUp
    from checkout.payments.processors.port import Account, Endpoint

_FORBIDDEN: Final = 403


async def stripe_account(examined: Examined) -> Finding:
    """Asks for the account and its webhook endpoints, with the key that checkout uses."""
    from chassis.settings import StripeSettings
    from checkout.payments.processors.stripe_desk import ENDPOINTS, read_account, read_endpoints

    settings = StripeSettings.from_environ(examined.environ)
    answer = await _called(examined, settings, "/v1/account")
    if finding := unusable(examined, "Stripe", answer, variables="STRIPE_SECRET_KEY", service="checkout"):
        return finding
    account = read_account(answer.document, connected=False)
    lists = [await _called(examined, settings, path) for path in ENDPOINTS]
    if lists[0].status == _FORBIDDEN:
        return note(
            f"{account.account_id}; the key may not read where webhooks go",
            "Give it “Webhook Endpoints: read” in Stripe's dashboard to have them looked at.",
        )
    return judged(account, read_endpoints(*(each.document for each in lists)), set_up(settings, examined.address))


def set_up(settings: StripeSettings, address: str) -> SetUp:
    """How endpoints are to be for an installation at this address. Whether secrets are right only checkout knows."""
    from checkout.endpoints.domain import SetUp
    from checkout.payments.processors.stripe_types import HANDLED

    return SetUp(
        public_url=address,
        live_mode=settings.stripe_livemode,
        stood_in=settings.stripe_api_url.startswith(str(settings.sandbox_url)),
        publishable=settings.stripe_publishable_key is not None,
        handled=HANDLED,
        marks=(),
        connected_marks=("",) * len(settings.stripe_connect_webhook_secret),
    )


def judged(account: Account, endpoints: Sequence[Endpoint], setup: SetUp) -> Finding:
    """What `fullhouse webhooks check` says of account and endpoints, the worst of it."""
    from checkout.endpoints.checking import account_judged, endpoints_judged
    from checkout.endpoints.domain import FindingState

    named = f"{account.account_id}, {'live' if setup.live_mode else 'test'} mode"
    found = [account_judged(account), *endpoints_judged(setup, endpoints, connected=0)]
    for state, say in ((FindingState.WRONG, wrong), (FindingState.NOTE, note)):
        for each in found:
            if each.state is state:
                return say(f"{named}: {each.detail}", each.remedy)
    count = f"{len(endpoints)} webhook endpoint{'' if len(endpoints) == 1 else 's'}"
    return reached(f"{named}, {count}", stands_in=setup.stood_in)


async def _called(examined: Examined, settings: StripeSettings, path: str) -> Answer:
    import stripe

    headers = {
        "Authorization": f"Bearer {settings.stripe_secret_key.get_secret_value()}",
        "Stripe-Version": stripe.api_version,
    }
    return await called(examined, "Stripe", "GET", settings.stripe_api_url + path, headers=headers)
