"""Samples of what the checks of vendors find."""

from __future__ import annotations

from typing import Any, Final

from chassis.settings import StripeSettings
from checkout.payments.processors.port import Account, Endpoint
from checkout.payments.processors.stripe_types import HANDLED
from cli.doctor import pagerduty, sendgrid, slack, stripe, twilio
from cli.doctor.check import Finding
from tests.unit.cli.doctor.findings import HERE, Broken

STRIPE: Final = StripeSettings.from_environ({"FULLHOUSE_MODE": "sandbox", "SANDBOX_URL": "http://127.0.0.1:8090"})


def stripe_with(*endpoints: Endpoint, may_charge: bool = True) -> Finding:
    account = Account(account_id="acct_1", may_charge=may_charge, connected=False)
    return stripe.judged(account, endpoints, stripe.set_up(STRIPE, HERE))


def endpoint(
    path: str = "/api/webhooks/stripe", *, enabled: bool = True, types: frozenset[str] | None = HANDLED
) -> Endpoint:
    return Endpoint(url=HERE + path, enabled=enabled, types=types)


def twilio_with(balance: str, **account: str) -> Finding:
    return twilio.judged(
        {"status": "active", "type": "Full", **account}, {"balance": balance, "currency": "USD"}, stands_in=False
    )


def sendgrid_with(url: str = f"{HERE}/api/webhooks/sendgrid", **account: Any) -> Finding:
    return sendgrid.judged({"type": "paid", **account}, {"enabled": True, "url": url}, HERE, stands_in=False)


def pagerduty_says(status: int) -> Finding:
    return pagerduty.judged(
        "PAGERDUTY_ROUTING_KEY", status, keys_remedy="Set the key.", trouble_remedy="See status.", stands_in=False
    )


BROKEN: Final = {
    "an account that may take no payments": Broken(
        finding=stripe_with(endpoint(), may_charge=False), names="no payments", way_out="Stripe's dashboard"
    ),
    "no webhook endpoint": Broken(
        finding=stripe_with(endpoint("/elsewhere")),
        names=f"{HERE}/api/webhooks/stripe",
        way_out="STRIPE_WEBHOOK_SECRET",
    ),
    "a disabled webhook endpoint": Broken(
        finding=stripe_with(endpoint(enabled=False)), names="disabled", way_out="Enable it"
    ),
    "a webhook endpoint that is told too little": Broken(
        finding=stripe_with(endpoint(types=frozenset({"charge.refunded"}))),
        names="checkout.session.completed",
        way_out="Add these events",
    ),
    "an endpoint for connected accounts whose secret is not set": Broken(
        finding=stripe_with(endpoint(), endpoint("/api/webhooks/stripe/connect")),
        names="is registered, and there is no secret of it",
        way_out="STRIPE_CONNECT_WEBHOOK_SECRET",
    ),
    "a suspended account at Twilio": Broken(
        finding=twilio_with("10", status="suspended"), names="suspended", way_out="Twilio's console"
    ),
    "spent money at Twilio": Broken(finding=twilio_with("-0.10"), names="-0.10 USD", way_out="Billing"),
    "a token that Slack has revoked": Broken(
        finding=slack.judged({"ok": False, "error": "token_revoked"}, stands_in=False),
        names="SLACK_BOT_TOKEN: token_revoked",
        way_out="Install the app again",
    ),
    "a key that PagerDuty does not know": Broken(
        finding=pagerduty_says(400), names="PAGERDUTY_ROUTING_KEY", way_out="Set the key."
    ),
    "PagerDuty in trouble": Broken(finding=pagerduty_says(500), names="HTTP 500", way_out="See status."),
}
NOTED: Final = {
    "two endpoints": stripe_with(endpoint(), endpoint()),
    "little money": twilio_with("2.50"),
    "a trial account": twilio_with("15", type="Trial"),
    "receipts that go elsewhere": sendgrid_with("https://old.example.com"),
    "a poor reputation": sendgrid_with(reputation=40),
    "PagerDuty asked too often": pagerduty_says(429),
}
WELL: Final = {
    "stripe": stripe_with(endpoint(), endpoint("/elsewhere")),
    "stripe, all events": stripe_with(endpoint(types=None)),
    "twilio": twilio_with("20"),
    "sendgrid": sendgrid_with(reputation=99),
    "slack": slack.judged({"ok": True, "user": "fullhouse", "team": "Workshops"}, stands_in=True),
    "pagerduty": pagerduty_says(202),
}
