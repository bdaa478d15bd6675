"""The parts of a started checkout, put together once, and what its routes get of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provide
from chassis.http_client import VendorClient
from chassis.rates import RateLimit
from chassis.refusals import RefusalReports
from chassis.signatures import RefusedSignatures
from chassis.tickets import TicketSigner
from chassis.tokens import ServiceTokens
from checkout.blocks.api import BlockDeps
from checkout.blocks.marks import Marks
from checkout.blocks.memory import BlockMemory
from checkout.blocks.service import Blocks
from checkout.catalogue.api import CatalogueDeps
from checkout.catalogue.memory import CatalogueMemory
from checkout.cityrefunds.api import CityRefundDeps
from checkout.cityrefunds.service import CityRefunds
from checkout.cityrefunds.workers import CityRefundWorker
from checkout.customers.api import CustomerDeps
from checkout.customers.changing import CustomerChanges
from checkout.customers.service import Customers
from checkout.exports.api import ExportDeps
from checkout.grants.api import GrantDeps
from checkout.grants.giving import Grants
from checkout.maintenance.api import MaintenanceDeps
from checkout.maintenance.memory import MaintenanceMemory
from checkout.maintenance.service import MaintenanceService
from checkout.moves.api import MoveDeps
from checkout.moves.moving import Moves
from checkout.orders.access import OrderAccess
from checkout.orders.api import OrderDeps
from checkout.orders.messages import OrderMessages
from checkout.orders.service import OrderService
from checkout.orders.tokens import OrderTokens
from checkout.orders.watch import OrderWatch
from checkout.passes.api import PassDeps
from checkout.passes.service import PassService
from checkout.passes.tokens import PassLinks
from checkout.payments.adoption import Adoption
from checkout.payments.afterwards import Afterwards
from checkout.payments.processors.port import Processor
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.service import PaymentService
from checkout.payments.webhook_handlers import StripeHandlers
from checkout.purchases.admin_api import CancelDeps
from checkout.purchases.api import PurchaseDeps
from checkout.purchases.buyers import BuyerLimits
from checkout.purchases.cancelling import Cancelling
from checkout.purchases.claims import Claims
from checkout.purchases.holding import Holding
from checkout.purchases.placing import Durations
from checkout.purchases.purchase import Purchase
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.sweeper import Sweeper
from checkout.refunds.api import RefundDeps
from checkout.refunds.own import OwnRefunds
from checkout.refunds.service import RefundService
from checkout.refunds.workers import RefundSender
from checkout.seats.inventory import InventoryClient
from checkout.seats.stock import StockCopy
from checkout.settings import CheckoutSettings
from checkout.staff.order_deed_pages import OrderDeedDeps
from checkout.staff.order_desk import OrderDesk
from checkout.staff.webhook_pages import WebhookPageDeps
from checkout.tickets.api import TicketDeps
from checkout.tickets.service import Tickets
from checkout.waitlist.api import JoinDeps
from checkout.waitlist.client import WaitlistClient
from checkout.web.find_pages import FindPageDeps
from checkout.web.pass_pages import PassPageDeps
from checkout.web.pass_shop_pages import PassShopDeps
from checkout.web.purchase_pages import PurchasePageDeps
from checkout.web.shop_pages import ShopPageDeps
from checkout.web.site import Site
from checkout.web.waitlist_pages import WaitlistPageDeps
from checkout.webhooks.api import WebhookDeps
from checkout.webhooks.refusals import Refusals
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.sources import Registration
from checkout.webhooks.workers import WebhookWorker
from config import Abuse, Brand
from eventbus.hosting import Ground
from ui.staff import StaffSite

INVENTORY_DEADLINE: Final = timedelta(seconds=3)
SWEEP_DEADLINE: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, pages and workers use.

    database: checkout's own
    memory: the catalogue as this process keeps it
    maintenance: whether purchases pause, as this process keeps it
    pausing: begins and ends the pause
    blocks: blocks buyers and lets them go
    watch: tells open streams that their order has moved
    purchase: the use case behind C-1
    pages: payment pages, opened and closed
    cancelling: ends orders that nobody has paid for
    sweeper: what crashes and time leave to do
    refunding: takes what people want to be given back
    refunds: gives back what is due
    city_refunds: takes refunds of whole cities
    city_refund_worker: asks for the refunds of their orders
    processor: who takes the money of new orders
    moves: takes orders to other seats
    tickets: makes tickets void, and has them sent again
    passes: grants and uses passes
    grants: what staff give by hand
    customers: find their purchases
    changes: make an order somebody else's
    stock: a copy of inventory's public stock, for pages
    waitlist: who waits for seats, as inventory keeps it
    inbox: where webhooks are stored
    refusals: counts the requests that were refused
    reports: tells of refused attempts, each kind once in a while
    webhooks: hands them to their handlers
    """

    database: Database
    memory: CatalogueMemory
    maintenance: MaintenanceMemory
    pausing: MaintenanceService
    blocks: Blocks
    watch: OrderWatch
    purchase: Purchase
    pages: PaymentPages
    cancelling: Cancelling
    sweeper: Sweeper
    refunding: RefundService
    refunds: RefundSender
    city_refunds: CityRefunds
    city_refund_worker: CityRefundWorker
    processor: Processor
    moves: Moves
    tickets: Tickets
    passes: PassService
    grants: Grants
    customers: Customers
    changes: CustomerChanges
    stock: StockCopy
    waitlist: WaitlistClient
    inbox: WebhookInbox
    refusals: Refusals
    reports: RefusalReports
    webhooks: WebhookWorker

    async def renew(self) -> None:
        """Reads again what this process keeps of the database."""
        await self.memory.refresh()
        await self.maintenance.refresh()


def put_together(
    settings: CheckoutSettings,
    ground: Ground,
    *,
    tokens: OrderTokens,
    links: PassLinks,
    rules: Callable[[], Abuse],
    clock: Clock,
) -> Parts:
    """From the bottom up: catalogue, orders, payments, purchases, webhooks. `rules`: see Blocks."""
    database, outbox = ground.database, ground.bus.outbox
    memory, maintenance = CatalogueMemory(database), MaintenanceMemory(database, clock=clock)
    signer = TicketSigner(settings.ticket_signing_key[0])
    orders = OrderService(outbox=outbox, messages=OrderMessages(tokens), signer=signer, clock=clock)
    marks = Marks(settings.service_token_key[0].get_secret_value().encode())
    blocked = BlockMemory(database, clock)
    blocks = Blocks(marks, rules=rules, changed=blocked.forget, outbox=outbox, clock=clock)
    payments = PaymentService(orders=orders, blocks=blocks, outbox=outbox, clock=clock)
    processor = _stripe(settings, ground, clock=clock)
    inventory = VendorClient("inventory", settings.inventory_url, internal=True)
    ground.closing.push_async_callback(inventory.close)
    tokens_of_ours = ServiceTokens(settings.service_token_key, clock=clock)
    waitlist = WaitlistClient(inventory, tokens_of_ours, deadline=INVENTORY_DEADLINE)
    seats = InventoryClient(
        inventory,
        tokens_of_ours,
        deadline=INVENTORY_DEADLINE,
        patience=settings.inventory_patience,
    )
    pages = PaymentPages(
        database=database, processors=[processor], payments=payments, seats=seats, tokens=tokens, clock=clock
    )
    purchase = Purchase(
        database=database,
        memory=memory,
        orders=orders,
        payments=payments,
        holding=Holding(seats=seats, waitlist=waitlist, public_url=settings.public_url),
        processor=processor,
        pages=pages,
        maintenance=maintenance,
        limits=BuyerLimits(
            open_seats=settings.open_seats_per_buyer,
            per_minute=RateLimit(settings.purchases_per_email_per_minute, clock=clock),
            marks=marks,
            blocks=blocks,
            blocked=blocked,
        ),
        claims=Claims(database=database, seats=seats, lease=settings.checkout_lease, clock=clock),
        tokens=tokens,
        facts=ground.bus.facts,
        durations=durations(settings),
        live_mode=settings.stripe_livemode,
        public_url=settings.public_url,
        clock=clock,
    )
    ground.closing.push_async_callback(purchase.stop)
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
    afterwards = Afterwards(orders=orders, refunds=OwnRefunds(outbox=outbox, clock=clock), outbox=outbox, clock=clock)
    refunding = RefundService(orders=orders, afterwards=afterwards, outbox=outbox, clock=clock)
    refunds = RefundSender(
        refunding,
        database=database,
        processors=[processor],
        poll=settings.checkout_sweep,
    )
    city_refunds = CityRefunds(orders=orders, refunds=refunding)
    adoption = Adoption(memory=memory, orders=orders, live_mode=settings.stripe_livemode, clock=clock)
    handlers = StripeHandlers(
        payments=payments,
        afterwards=afterwards,
        adoption=adoption,
        outbox=outbox,
        clock=clock,
    )
    webhooks = WebhookWorker(
        database=database,
        registered=[Registration(source=processor, handlers=handlers.table())],
        outbox=outbox,
        clock=clock,
    )
    refusals = Refusals(database, clock=clock)
    ground.closing.push_async_callback(refusals.close)
    return Parts(
        database=database,
        memory=memory,
        maintenance=maintenance,
        pausing=MaintenanceService(outbox=outbox, clock=clock),
        blocks=blocks,
        watch=OrderWatch(database),
        purchase=purchase,
        pages=pages,
        cancelling=Cancelling(database=database, orders=orders, payments=payments, pages=pages),
        sweeper=sweeper,
        refunding=refunding,
        refunds=refunds,
        city_refunds=city_refunds,
        city_refund_worker=CityRefundWorker(city_refunds, database=database, poll=settings.checkout_sweep),
        processor=processor,
        moves=Moves(database=database, memory=memory, orders=orders, seats=seats),
        tickets=Tickets(orders=orders, clock=clock),
        passes=PassService(outbox=outbox, links=links, keys=settings.ticket_signing_key, clock=clock),
        grants=Grants(
            database=database,
            memory=memory,
            orders=orders,
            payments=payments,
            seats=seats,
            processor=processor,
            live_mode=settings.stripe_livemode,
            clock=clock,
        ),
        changes=CustomerChanges(orders=orders),
        customers=Customers(
            secrets=settings.service_token_key, outbox=outbox, public_url=settings.public_url, clock=clock
        ),
        stock=StockCopy(inventory, clock=clock),
        waitlist=waitlist,
        inbox=WebhookInbox(database, clock=clock, wake=webhooks.due.wake),
        refusals=refusals,
        reports=ground.refusals,
        webhooks=webhooks,
    )


def provide_deps(
    app: FastAPI,
    parts: Parts,
    settings: CheckoutSettings,
    *,
    tokens: OrderTokens,
    links: PassLinks,
    brand: Brand,
    site: Site,
    staff: StaffSite,
    clock: Clock,
) -> None:
    """Gives each room's routes, and the pages, what they work with."""
    access = OrderAccess(tokens)
    desk = OrderDesk(site=staff, database=parts.database, memory=parts.memory, clock=clock)
    zone = settings.business_timezone.key
    _provide_pages(app, parts, site=site, access=access, links=links, tokens=tokens, clock=clock, zone=zone)
    provide(
        app,
        desk,
        OrderDeedDeps(
            desk=desk,
            refunds=parts.refunding,
            moves=parts.moves,
            tickets=parts.tickets,
            changes=parts.changes,
            wake=parts.refunds.due.wake,
        ),
        WebhookPageDeps(site=staff, database=parts.database, clock=clock),
        CatalogueDeps(
            memory=parts.memory,
            maintenance=parts.maintenance,
            brand=brand,
            publishable_key=settings.stripe_publishable_key,
            live_mode=settings.stripe_livemode,
        ),
        BlockDeps(database=parts.database, blocks=parts.blocks, clock=clock),
        MaintenanceDeps(database=parts.database, maintenance=parts.pausing, memory=parts.maintenance),
        MoveDeps(moves=parts.moves),
        CustomerDeps(database=parts.database, changes=parts.changes),
        TicketDeps(database=parts.database, tickets=parts.tickets),
        PassDeps(database=parts.database, passes=parts.passes, links=links, clock=clock),
        GrantDeps(grants=parts.grants),
        JoinDeps(waitlist=parts.waitlist),
        PurchaseDeps(purchase=parts.purchase, access=access, sandboxed=settings.sandboxed),
        OrderDeps(
            database=parts.database,
            watch=parts.watch,
            memory=parts.memory,
            access=access,
            business=brand.name,
            clock=clock,
        ),
        ExportDeps(database=parts.database),
        CancelDeps(cancelling=parts.cancelling),
        CityRefundDeps(
            database=parts.database,
            runs=parts.city_refunds,
            processor=parts.processor,
            wake=parts.city_refund_worker.due.wake,
        ),
        RefundDeps(database=parts.database, refunds=parts.refunding, wake=parts.refunds.due.wake),
        WebhookDeps(
            sources={parts.processor.name: parts.processor},
            inbox=parts.inbox,
            refused=RefusedSignatures(reports=parts.reports, note=parts.refusals.note),
            database=parts.database,
        ),
    )


def _provide_pages(
    app: FastAPI,
    parts: Parts,
    *,
    site: Site,
    access: OrderAccess,
    links: PassLinks,
    tokens: OrderTokens,
    clock: Clock,
    zone: str,
) -> None:
    provide(
        app,
        ShopPageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            maintenance=parts.maintenance,
            stock=parts.stock,
            access=access,
            purchase=parts.purchase,
            waitlist=parts.waitlist,
            clock=clock,
            zone=zone,
        ),
        WaitlistPageDeps(
            site=site,
            memory=parts.memory,
            stock=parts.stock,
            waitlist=parts.waitlist,
            clock=clock,
        ),
        PassShopDeps(site=site, memory=parts.memory, access=access, purchase=parts.purchase, clock=clock),
        PassPageDeps(site=site, database=parts.database, links=links, clock=clock, zone=zone),
        FindPageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            customers=parts.customers,
            tokens=tokens,
            clock=clock,
        ),
        PurchasePageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            access=access,
            zone=zone,
            payment_pages=parts.pages,
            tickets=parts.tickets,
            clock=clock,
        ),
    )


def durations(settings: CheckoutSettings) -> Durations:
    """How long a purchase may take and last."""
    return Durations(
        session=settings.checkout_session,
        hard_hold=settings.hard_hold,
        lease=settings.checkout_lease,
        deadline=settings.stripe_deadline,
    )


def _stripe(settings: CheckoutSettings, ground: Ground, *, clock: Clock) -> StripeProcessor:
    client = VendorClient("stripe", settings.stripe_api_url)
    ground.closing.push_async_callback(client.close)
    return StripeProcessor(
        client,
        secret_key=settings.stripe_secret_key.get_secret_value(),
        webhook_secrets=[secret.get_secret_value() for secret in settings.stripe_webhook_secret],
        rate=settings.stripe_rate_per_second,
        clock=clock,
    )
