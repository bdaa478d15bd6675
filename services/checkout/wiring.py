"""The parts of a started service, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.database import Database, Transaction
from chassis.http.deps import provide
from chassis.http_client import VendorClient
from chassis.tickets import TicketSigner
from chassis.tokens import ServiceTokens
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders.access import OrderAccess
from checkout.orders.messages import OrderMessages
from checkout.orders.service import OrderService
from checkout.orders.tokens import OrderTokens
from checkout.orders.watch import OrderWatch
from checkout.payments.adoption import Adoption
from checkout.payments.processors.stripe import StripeFailure, StripeGateway
from checkout.payments.service import OrderUnknown, PaymentMismatch, PaymentService, PaymentTooEarly
from checkout.payments.webhook_handlers import PaymentNews, Step, StripeEvents
from checkout.purchases.placing import Durations
from checkout.purchases.purchase import Purchase
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.sweeper import Sweeper
from checkout.seats.inventory import InventoryClient
from checkout.seats.stock import StockCopy
from checkout.settings import CheckoutSettings
from checkout.web.purchase_pages import PurchasePageDeps
from checkout.web.shop_pages import ShopPageDeps
from checkout.web.site import Site
from checkout.webhooks.errors import Refused, Waiting
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.workers import Handler, Incoming, WebhookWorker
from eventbus import Bus

INVENTORY_DEADLINE: Final = timedelta(seconds=3)
SWEEP_DEADLINE: Final = timedelta(seconds=20)
FETCH_DEADLINE: Final = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, pages and workers use."""

    database: Database
    bus: Bus
    memory: CatalogueMemory
    watch: OrderWatch
    purchase: Purchase
    pages: PaymentPages
    sweeper: Sweeper
    inbox: WebhookInbox
    webhooks: WebhookWorker
    gateway: StripeGateway
    stripe: VendorClient
    inventory: VendorClient
    stock: StockCopy


def put_together(
    settings: CheckoutSettings, *, database: Database, bus: Bus, tokens: OrderTokens, clock: Clock
) -> Parts:
    """From the bottom up: catalogue, orders, payments, webhooks."""
    memory = CatalogueMemory(database)
    signer = TicketSigner(settings.ticket_signing_key)
    orders = OrderService(outbox=bus.outbox, messages=OrderMessages(tokens), signer=signer, clock=clock)
    payments = PaymentService(orders=orders, outbox=bus.outbox, clock=clock)
    stripe = VendorClient("stripe", settings.stripe_api_url)
    inventory = VendorClient("inventory", settings.inventory_url, internal=True)
    gateway = StripeGateway(
        stripe,
        secret_key=settings.stripe_secret_key.get_secret_value(),
        rate=settings.stripe_rate_per_second,
        clock=clock,
    )
    seats = InventoryClient(
        inventory,
        ServiceTokens(settings.service_token_key, clock=clock),
        deadline=INVENTORY_DEADLINE,
        patience=settings.inventory_patience,
    )
    pages = PaymentPages(database=database, gateway=gateway, payments=payments, seats=seats, tokens=tokens, clock=clock)
    live_mode = settings.stripe_livemode
    purchase = Purchase(
        database=database,
        memory=memory,
        orders=orders,
        payments=payments,
        seats=seats,
        gateway=gateway,
        pages=pages,
        tokens=tokens,
        facts=bus.facts,
        durations=durations(settings),
        live_mode=live_mode,
        public_url=settings.public_url,
        clock=clock,
    )
    events = StripeEvents(
        payments=payments,
        adoption=Adoption(memory=memory, orders=orders, live_mode=live_mode, clock=clock),
        outbox=bus.outbox,
        clock=clock,
    )
    webhooks = WebhookWorker(
        database=database,
        handlers={kind: _handler(step) for kind, step in events.steps().items()},
        fetch=_fetch(gateway),
        outbox=bus.outbox,
        clock=clock,
    )
    sweeper = Sweeper(
        database=database,
        payments=payments,
        pages=pages,
        seats=seats,
        lease=settings.checkout_lease,
        deadline=SWEEP_DEADLINE,
        poll=settings.checkout_sweep,
        clock=clock,
    )
    return Parts(
        database=database,
        bus=bus,
        memory=memory,
        watch=OrderWatch(database),
        purchase=purchase,
        pages=pages,
        sweeper=sweeper,
        inbox=WebhookInbox(database, clock=clock, wake=webhooks.due.wake),
        webhooks=webhooks,
        gateway=gateway,
        stripe=stripe,
        inventory=inventory,
        stock=StockCopy(inventory, clock=clock),
    )


def provide_pages(app: FastAPI, parts: Parts, *, site: Site, access: OrderAccess, clock: Clock) -> None:
    """What the buyer's pages work with."""
    provide(
        app,
        ShopPageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            stock=parts.stock,
            purchase=parts.purchase,
            clock=clock,
        ),
        PurchasePageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            access=access,
            payment_pages=parts.pages,
            clock=clock,
        ),
    )


def durations(settings: CheckoutSettings) -> Durations:
    return Durations(
        session=settings.checkout_session,
        hard_hold=settings.hard_hold,
        lease=settings.checkout_lease,
        deadline=settings.stripe_deadline,
    )


def _handler(step: Step) -> Handler:
    """A step of payments as the raw store's worker calls it: its conditions become an event's fate."""

    async def handle(tx: Transaction, incoming: Incoming) -> UUID | None:
        stored = incoming.stored
        news = PaymentNews(
            event_id=stored.event_id,
            type=stored.type,
            live_mode=stored.live_mode,
            received_at=stored.received_at,
            subject=incoming.subject,
        )
        try:
            return await step(tx, news)
        except (OrderUnknown, PaymentTooEarly) as early:
            raise Waiting(f"{type(early).__name__}: {early}") from early
        except PaymentMismatch as mismatch:
            raise Refused(str(mismatch), order_id=mismatch.order_id) from mismatch

    return handle


def _fetch(gateway: StripeGateway) -> Callable[[str], Any]:
    async def fetch(path: str) -> Mapping[str, Any]:
        try:
            return await gateway.read_object(path, deadline=FETCH_DEADLINE)
        except StripeFailure as failure:
            raise Waiting(f"its object can't be read: {failure}") from failure

    return fetch
