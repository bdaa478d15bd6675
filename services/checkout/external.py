"""The external processors of an installation: those at which providers may have accounts of their own."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.processors.accounts import Application
from checkout.processors.paypal import PaypalProcessor
from checkout.processors.paypal_webhooks import PaypalCertificates
from checkout.processors.port import ExternalProcessor
from checkout.processors.square import SquareProcessor
from checkout.processors.stripe import StripeConnectProcessor
from checkout.processors.stripe_backs import StripeBacks
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.settings import CheckoutSettings
from eventbus.hosting import Ground


def external_processors(settings: CheckoutSettings, ground: Ground, *, clock: Clock) -> Mapping[str, ExternalProcessor]:
    """By name. Their clients are closed with the process."""
    found: list[ExternalProcessor] = [
        _square(settings, ground, clock),
        _paypal(settings, ground, clock),
        _stripe(settings, ground, clock),
    ]
    return {processor.name: processor for processor in found}


def installation_mark(settings: CheckoutSettings) -> str:
    """What tells our debits and invoices from those of other installations that use the same account."""
    return sha256(settings.public_url.encode()).hexdigest()[:8]


def _square(settings: CheckoutSettings, ground: Ground, clock: Clock) -> SquareProcessor:
    client = VendorClient("square", settings.square_api_url)
    ground.closing.push_async_callback(client.close)
    application = Application(
        client_id=settings.square_application_id,
        client_secret=settings.square_application_secret,
        access_token=settings.square_access_token,
    )
    return SquareProcessor(client, base_url=settings.square_api_url, application=application, clock=clock)


def _paypal(settings: CheckoutSettings, ground: Ground, clock: Clock) -> PaypalProcessor:
    client = VendorClient("paypal", settings.paypal_api_url)
    certificates = VendorClient("paypal", settings.paypal_certificates_url)
    ground.closing.push_async_callback(client.close)
    ground.closing.push_async_callback(certificates.close)
    return PaypalProcessor(
        client,
        certificates=PaypalCertificates(certificates, settings.paypal_certificates_url),
        pages_url=settings.paypal_pages_url,
        application=Application(client_id=settings.paypal_client_id, client_secret=settings.paypal_client_secret),
        clock=clock,
    )


def own_lists(settings: CheckoutSettings, ground: Ground, *, clock: Clock) -> StripeBacks:
    """What went back of payments of our own account. Its client is closed with the process."""
    client = VendorClient("stripe", settings.stripe_api_url)
    ground.closing.push_async_callback(client.close)
    return StripeBacks(StripeConnectCalls(client, secret_key=settings.stripe_secret_key, clock=clock))


def _stripe(settings: CheckoutSettings, ground: Ground, clock: Clock) -> StripeConnectProcessor:
    client = VendorClient("stripe", settings.stripe_api_url)
    connect = VendorClient("stripe", settings.stripe_connect_url)
    ground.closing.push_async_callback(client.close)
    ground.closing.push_async_callback(connect.close)
    return StripeConnectProcessor(
        client,
        connect=connect,
        connect_url=settings.stripe_connect_url,
        client_id=settings.stripe_client_id,
        secret_key=settings.stripe_secret_key,
        clock=clock,
    )
