"""The processor of an installation, and how long a purchase there may take."""

from __future__ import annotations

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.payments.processors.stripe import StripeProcessor
from checkout.purchases.placing import Durations
from checkout.settings import CheckoutSettings
from eventbus.hosting import Ground


def durations(settings: CheckoutSettings) -> Durations:
    """How long a purchase may take and last."""
    return Durations(
        session=settings.checkout_session,
        hard_hold=settings.hard_hold,
        lease=settings.checkout_lease,
        deadline=settings.stripe_deadline,
    )


def stripe(settings: CheckoutSettings, ground: Ground, *, clock: Clock) -> StripeProcessor:
    """Its client is closed with the process."""
    client = VendorClient("stripe", settings.stripe_api_url)
    ground.closing.push_async_callback(client.close)
    return StripeProcessor(
        client,
        secret_key=settings.stripe_secret_key.get_secret_value(),
        webhook_secrets=[secret.get_secret_value() for secret in settings.stripe_webhook_secret],
        connect_secrets=[secret.get_secret_value() for secret in settings.stripe_connect_webhook_secret],
        rate=settings.stripe_rate_per_second,
        clock=clock,
    )
