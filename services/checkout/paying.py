"""The processor of an installation, how long a purchase there may take, and who looks whether its webhooks come."""

from __future__ import annotations

from chassis.clock import Clock
from chassis.database import Database
from chassis.http_client import VendorClient
from checkout.endpoints.domain import SetUp
from checkout.endpoints.probing import Door
from checkout.endpoints.service import Examination
from checkout.orders.tokens import OrderTokens
from checkout.payments.processors.port import Processor, ProcessorDesk
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.service import PaymentService
from checkout.purchases.onward import Onward
from checkout.purchases.page_processors import PageProcessors
from checkout.purchases.placing import Durations
from checkout.purchases.sessions import PaymentPages
from checkout.seats.inventory import Seats
from checkout.settings import CheckoutSettings
from checkout.taking import TakingParts
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


def examination(settings: CheckoutSettings, ground: Ground, desk: ProcessorDesk, *, clock: Clock) -> Examination:
    """Knocks at the public address by a client of its own, which is closed with the process."""
    gateway = VendorClient("gateway", settings.public_url, connections=2, internal=True)
    ground.closing.push_async_callback(gateway.close)
    setup = SetUp(
        public_url=settings.public_url,
        live_mode=settings.stripe_livemode,
        stood_in=settings.stripe_api_url.startswith(str(settings.sandbox_url)),
        publishable=settings.stripe_publishable_key is not None,
        handled=desk.handled,
        marks=desk.marks(connected=False),
        connected_marks=desk.marks(connected=True),
    )
    return Examination(database=ground.database, desk=desk, door=Door(gateway), setup=setup, clock=clock)


def payment_pages(
    settings: CheckoutSettings,
    taking: TakingParts,
    *,
    database: Database,
    own: Processor,
    payments: PaymentService,
    seats: Seats,
    tokens: OrderTokens,
    clock: Clock,
) -> PaymentPages:
    """Payment pages of orders, at our own account and at those of providers."""
    processors = PageProcessors(
        [own], database=database, reach=taking.reach, live_mode=settings.stripe_livemode, clock=clock
    )
    onward = Onward(
        database=database,
        payments=payments,
        ways=taking.order_ways,
        watch=taking.watch,
        processors=processors,
        clock=clock,
    )
    return PaymentPages(
        database=database,
        processors=processors,
        payments=payments,
        ways=taking.order_ways,
        onward=onward,
        outside=taking.outside,
        seats=seats,
        tokens=tokens,
        clock=clock,
    )
