"""Checkout as a program: settings, routes, pages, and when what is done; `wiring.py` puts its parts together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response

import ui
from backups.serving import dump_router
from chassis.app import create_app
from chassis.background import Periodic
from chassis.clock import Clock, SystemClock
from chassis.errors import Condition
from chassis.process import ProcessRole
from checkout.activity import api as activity_api
from checkout.appointments import api as appointments_api
from checkout.blocks import api as blocks_api
from checkout.catalogue import api as catalogue_api
from checkout.cityrefunds import api as cityrefunds_api
from checkout.commission import api as commission_api
from checkout.connections import api as connections_api
from checkout.connections import keys_api as connection_keys_api
from checkout.connections import permission_api as connection_permission_api
from checkout.connections import subscription_api as connection_subscription_api
from checkout.connections import webhook_api as connection_webhook_api
from checkout.customers import api as customers_api
from checkout.digest import api as digest_api
from checkout.endpoints import api as endpoints_api
from checkout.endpoints import internal_api as endpoints_internal_api
from checkout.endpoints import replay_api
from checkout.exports import api as exports_api
from checkout.feedback import api as feedback_api
from checkout.grants import api as grants_api
from checkout.jobs import jobs
from checkout.maintenance import api as maintenance_api
from checkout.moves import api as moves_api
from checkout.orders import api as orders_api
from checkout.orders.tokens import OrderTokens
from checkout.parts import Parts
from checkout.passes import api as passes_api
from checkout.passes.tokens import PassLinks
from checkout.polls import api as polls_api
from checkout.providers import admin_api as providers_admin_api
from checkout.providers import api as providers_api
from checkout.purchases import admin_api as purchases_admin_api
from checkout.purchases import api as purchases_api
from checkout.reconciliation import api as reconciliation_api
from checkout.refunds import api as refunds_api
from checkout.revenue import admin_api as revenue_admin_api
from checkout.revenue import api as revenue_api
from checkout.route_deps import provide_deps
from checkout.routing import api as routing_api
from checkout.routing import internal_api as routing_internal_api
from checkout.settings import CheckoutSettings
from checkout.staff import appointment_deed_pages as staff_appointment_deed_pages
from checkout.staff import appointment_pages as staff_appointment_pages
from checkout.staff import (
    connection_pages,
    money_pages,
    order_deed_pages,
    order_pages,
    provider_pages,
    reconciliation_pages,
    webhook_pages,
)
from checkout.staff import pass_pages as staff_pass_pages
from checkout.staff import support_pages as staff_support_pages
from checkout.staff.site import ASSETS, staff_site
from checkout.subscriptions import subscriptions
from checkout.support import api as support_api
from checkout.takings import api as takings_api
from checkout.takings import changing_api, performance_api, refund_api
from checkout.tickets import api as tickets_api
from checkout.traces import api as traces_api
from checkout.transactions import api as transaction_api
from checkout.transactions import comparison_api as transaction_comparison_api
from checkout.transactions import fee_api
from checkout.transactions import sync_api as transaction_sync_api
from checkout.waitlist import api as waitlist_api
from checkout.web import (
    appointment_pages,
    change_pages,
    find_pages,
    give_pages,
    pass_pages,
    pass_shop_pages,
    purchase_pages,
    shop_pages,
    support_pages,
    waitlist_pages,
)
from checkout.web.language import LanguageMiddleware
from checkout.web.site import Site
from checkout.webhooks import api as webhooks_api
from checkout.webhooks.refusals import FLUSH
from checkout.wiring import put_together
from config import Abuse, ConfigWatcher, MessageKind
from eventbus.admin import admin_router, internal_router
from eventbus.hosting import Ground, Host
from languages import language_of
from ui.staff import STAFF

_RENEW: Final = timedelta(seconds=5)
_REVENUE: Final = timedelta(seconds=15)
# Of the operations, for the OpenAPI document: `open` has those for strangers, the others are named after rooms.
_EXAMPLES: Final = Path(__file__).with_name("examples")
_ROUTERS: Final = (
    catalogue_api.router,
    purchases_api.router,
    purchases_admin_api.router,
    polls_api.router,
    reconciliation_api.router,
    orders_api.router,
    exports_api.router,
    refunds_api.router,
    cityrefunds_api.router,
    commission_api.router,
    connections_api.router,
    connection_keys_api.router,
    connection_permission_api.router,
    connection_subscription_api.router,
    transaction_api.router,
    transaction_sync_api.router,
    transaction_comparison_api.router,
    fee_api.router,
    connection_webhook_api.router,
    moves_api.router,
    tickets_api.router,
    customers_api.router,
    passes_api.router,
    grants_api.router,
    maintenance_api.router,
    blocks_api.router,
    providers_api.router,
    providers_admin_api.router,
    appointments_api.router,
    takings_api.router,
    refund_api.router,
    changing_api.router,
    performance_api.router,
    traces_api.router,
    routing_api.router,
    revenue_api.router,
    revenue_admin_api.router,
    endpoints_api.router,
    endpoints_internal_api.router,
    routing_internal_api.router,
    replay_api.router,
    webhooks_api.router,
    waitlist_api.router,
    activity_api.router,
    feedback_api.router,
    support_api.router,
    digest_api.router,
    shop_pages.router,
    purchase_pages.router,
    pass_pages.router,
    pass_shop_pages.router,
    waitlist_pages.router,
    find_pages.router,
    change_pages.router,
    support_pages.router,
    give_pages.router,
    appointment_pages.router,
    webhook_pages.router,
    connection_pages.router,
    provider_pages.router,
    money_pages.router,
    order_pages.router,
    staff_appointment_pages.router,
    staff_appointment_deed_pages.router,
    staff_pass_pages.router,
    order_deed_pages.router,
    staff_support_pages.router,
    reconciliation_pages.router,
)

_COMMON: Final = (admin_router, internal_router, dump_router)


def create(environ: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL, clock: Clock | None = None) -> FastAPI:
    """The service; starting it needs the database, while Kafka, inventory and Stripe may come later."""
    settings = CheckoutSettings.from_environ(environ)
    return _Checkout(settings, role=role, clock=clock or SystemClock()).app()


class _Checkout:
    """What the lifespan opens, and what the routes read of it."""

    def __init__(self, settings: CheckoutSettings, *, role: ProcessRole, clock: Clock) -> None:
        self._settings = settings
        self._role = role
        self._clock = clock
        self._host = Host(settings, role=role, clock=clock, pool_size=settings.database_pool_size)
        self._tokens = OrderTokens(settings.ticket_signing_key, public_url=settings.public_url)
        self._links = PassLinks(settings.ticket_signing_key, public_url=settings.public_url)
        self._config = ConfigWatcher(settings.config_dir)
        self._brand = self._config.current.brand
        self._site = Site(brand=self._brand)
        self._staff = staff_site(self._brand, zone=settings.business_timezone)

    def app(self) -> FastAPI:
        settings, serves = self._settings, self._role.serves_http
        app = create_app(
            service=settings.service,
            settings=settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=(*_ROUTERS, *(build(settings.service) for build in _COMMON)) if serves else (),
            examples=_EXAMPLES if serves else None,
            checks=self._host.checks,
            clock=self._clock,
            error_page=self._error_page if serves else None,
            form_targets=("https://checkout.stripe.com", *((settings.sandbox_url,) if settings.sandbox_url else ())),
        )
        if serves:
            app.add_middleware(LanguageMiddleware, default=language_of(self._brand.language))
            app.mount("/static", ui.static_app(self._site.assets))
            app.mount(ASSETS, ui.static_app(self._staff.assets))
        return app

    async def _error_page(self, request: Request, condition: Condition) -> Response:
        """Buyers and staff each see a refusal in the look of their pages."""
        site = self._staff if request.url.path.startswith(STAFF) else self._site
        return await site.error_page(request, condition)

    async def _assemble(self, ground: Ground) -> None:
        settings, clock = self._settings, self._clock
        parts = put_together(
            settings,
            ground,
            tokens=self._tokens,
            links=self._links,
            rules=self._rules,
            fees=lambda: self._config.current.fees,
            confirmed=self._confirmed,
            language=self._brand.language,
            clock=clock,
        )
        await parts.renew()
        ground.bus.subscribe(subscriptions(parts.memory, parts.maintenance, parts.passes, parts.hybrid.memory))
        ground.pings["stripe"] = parts.processor.ping
        if self._role.serves_http:
            provide_deps(
                ground.app,
                parts,
                settings,
                tokens=self._tokens,
                links=self._links,
                brand=self._brand,
                site=self._site,
                staff=self._staff,
                clock=clock,
            )
            parts.webhooks.told_of_each()
        self._schedule(ground, parts)

    def _schedule(self, ground: Ground, parts: Parts) -> None:
        background = ground.background
        background.every(self._config.periodic())
        background.every(Periodic("renew memories", _RENEW, parts.renew))
        if self._role.serves_http:
            background.run("follow orders", parts.watch.run)
            background.every(Periodic("write down refusals", FLUSH, parts.refusals.flush))
            background.every(Periodic("write down secrets used", FLUSH, parts.secrets_used.flush))
        if self._role.works:
            background.every(Periodic("refresh revenue", _REVENUE, parts.hybrid.revenue.refresh))
            for loop in (
                parts.webhooks.due,
                parts.sweeper.attempts,
                parts.sweeper.orphans,
                parts.polls.due,
                parts.reconciliation_worker.due,
                parts.refunds.due,
                parts.city_refund_worker.due,
                parts.hybrid.care.due,
                parts.hybrid.collected.collector.due,
                parts.hybrid.taking.care.due,
                parts.hybrid.taking.refund_care.due,
                parts.hybrid.taking.platform_looks.due,
                parts.hybrid.collected.looks.due,
                *parts.hybrid.work.loops,
            ):
                background.keep(loop)
            self._host.run_jobs(
                ground,
                jobs(parts, self._clock, zone=self._settings.business_timezone, rules=self._rules),
                schedules=lambda: self._config.current.schedules,
            )

    def _rules(self) -> Abuse:
        return self._config.current.abuse

    def _confirmed(self) -> bool:
        return self._config.current.messages.kinds[MessageKind.CONFIRMATION].enabled
