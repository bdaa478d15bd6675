"""What the routes and pages of a started checkout get of its parts."""

from __future__ import annotations

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.http.deps import provide
from chassis.signatures import RefusedSignatures
from checkout.activity.api import ActivityDeps
from checkout.blocks.api import BlockDeps
from checkout.catalogue.api import CatalogueDeps
from checkout.cityrefunds.api import CityRefundDeps
from checkout.customers.api import CustomerDeps
from checkout.endpoints.api import ExaminationDeps
from checkout.endpoints.replay_api import ReplayDeps
from checkout.exports.api import ExportDeps
from checkout.feedback.api import FeedbackDeps
from checkout.grants.api import GrantDeps
from checkout.hybrid import provide_hybrid
from checkout.maintenance.api import MaintenanceDeps
from checkout.moves.api import MoveDeps
from checkout.orders.access import OrderAccess
from checkout.orders.api import OrderDeps
from checkout.orders.tokens import OrderTokens
from checkout.parts import Parts
from checkout.passes.api import PassDeps
from checkout.passes.tokens import PassLinks
from checkout.polls.api import PendingDeps
from checkout.purchases.admin_api import CancelDeps
from checkout.purchases.api import PurchaseDeps
from checkout.reconciliation.api import ReconciliationDeps
from checkout.refunds.api import RefundDeps
from checkout.settings import CheckoutSettings
from checkout.staff.appointment_pages import AppointmentDesk
from checkout.staff.connection_pages import ConnectionPageDeps
from checkout.staff.order_deed_pages import OrderDeedDeps
from checkout.staff.order_desk import OrderDesk
from checkout.staff.pass_pages import PassDeskDeps
from checkout.staff.provider_pages import ProviderPageDeps
from checkout.staff.webhook_pages import WebhookPageDeps
from checkout.support.api import SupportDeps
from checkout.tickets.api import TicketDeps
from checkout.waitlist.api import JoinDeps
from checkout.web.appointment_pages import AppointmentPageDeps
from checkout.web.change_pages import ChangePageDeps
from checkout.web.find_pages import FindPageDeps
from checkout.web.give_pages import GivePageDeps
from checkout.web.pass_pages import PassPageDeps
from checkout.web.pass_shop_pages import PassShopDeps
from checkout.web.purchase_pages import PurchasePageDeps
from checkout.web.shop_pages import ShopPageDeps
from checkout.web.site import Site
from checkout.web.support_pages import SupportPageDeps
from checkout.web.waitlist_pages import WaitlistPageDeps
from checkout.web.way_choices import WayChoices
from checkout.webhooks.api import WebhookDeps
from config import Brand
from ui.staff import StaffSite


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
    access = OrderAccess(tokens, parts.database)
    taking = parts.hybrid.taking
    desk = OrderDesk(site=staff, database=parts.database, memory=parts.memory, clock=clock)
    zone = settings.business_timezone.key
    _provide_pages(app, parts, site=site, access=access, links=links, tokens=tokens, clock=clock, zone=zone)
    refused = RefusedSignatures(reports=parts.reports, note=parts.refusals.note)
    provide_hybrid(
        app,
        parts.hybrid,
        parts.database,
        access,
        catalogue=parts.memory,
        inbox=parts.inbox,
        refused=refused,
        clock=clock,
    )
    provide(
        app,
        desk,
        OrderDeedDeps(
            desk=desk,
            refunds=parts.refunding,
            moves=parts.moves,
            tickets=parts.tickets,
            transfers=parts.transfers,
            cancelling=parts.cancelling,
            changes=parts.changes,
            wake=parts.refunds.due.wake,
        ),
        AppointmentDesk(desk=desk, links=taking.links, backs=taking.backs, deeds=taking.deeds),
        PassDeskDeps(site=staff, database=parts.database, passes=parts.passes, clock=clock),
        WebhookPageDeps(site=staff, database=parts.database, clock=clock),
        ConnectionPageDeps(site=staff, database=parts.database, permissions=parts.hybrid.permissions, clock=clock),
        ProviderPageDeps(
            site=staff,
            database=parts.database,
            providers=parts.hybrid.providers,
            memory=parts.hybrid.memory,
            processors=frozenset(parts.hybrid.processors),
            clock=clock,
        ),
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
        TicketDeps(database=parts.database, tickets=parts.tickets, transfers=parts.transfers),
        PassDeps(database=parts.database, passes=parts.passes, links=links, clock=clock),
        GrantDeps(grants=parts.grants),
        JoinDeps(waitlist=parts.waitlist),
        FeedbackDeps(database=parts.database, access=access, feedback=parts.feedback),
        SupportDeps(database=parts.database, access=access, support=parts.support),
        ActivityDeps(memory=parts.memory, facts=parts.facts, clock=clock),
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
        PendingDeps(pending=parts.pending),
        ReconciliationDeps(
            database=parts.database,
            runs=parts.reconciliation,
            wake=parts.reconciliation_worker.due.wake,
            clock=clock,
        ),
        CityRefundDeps(
            database=parts.database,
            runs=parts.city_refunds,
            processor=parts.processor,
            wake=parts.city_refund_worker.due.wake,
        ),
        RefundDeps(database=parts.database, refunds=parts.refunding, wake=parts.refunds.due.wake),
        ExaminationDeps(examination=parts.examination),
        ReplayDeps(replaying=parts.replaying, processor=parts.processor.name, database=parts.database, clock=clock),
        WebhookDeps(
            own=parts.processor,
            sources={
                **{each.source.name: each.source for each in parts.hybrid.webhooks},
                parts.processor.name: parts.processor,
            },
            inbox=parts.inbox,
            secrets=parts.secrets_used,
            refused=refused,
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
    ways = WayChoices(
        database=parts.database,
        memory=parts.memory,
        ways=parts.hybrid.taking.order_ways,
        business=site.brand.name,
    )
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
            ways=ways,
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
        PassShopDeps(site=site, memory=parts.memory, access=access, purchase=parts.purchase, ways=ways, clock=clock),
        AppointmentPageDeps(
            site=site,
            database=parts.database,
            links=parts.hybrid.taking.links,
            routing=parts.hybrid.routing,
            paying=parts.hybrid.taking.paying,
            zone=zone,
        ),
        PassPageDeps(site=site, database=parts.database, links=links, checks=parts.checks, clock=clock, zone=zone),
        FindPageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            customers=parts.customers,
            checks=parts.checks,
            tokens=tokens,
            clock=clock,
        ),
        ChangePageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            access=access,
            tokens=tokens,
            wishes=parts.wishes,
        ),
        SupportPageDeps(
            site=site,
            database=parts.database,
            access=access,
            support=parts.support,
            feedback=parts.feedback,
        ),
        GivePageDeps(
            site=site,
            database=parts.database,
            memory=parts.memory,
            access=access,
            tokens=tokens,
            tickets=parts.tickets,
            transfers=parts.transfers,
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
