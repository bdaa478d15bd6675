"""The one place that wires checkout: settings → pool → rooms → routes and workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

import config
import ui
from chassis.app import create_app
from chassis.background import Background, Periodic
from chassis.clock import Clock, SystemClock
from chassis.late import Late
from chassis.process import ProcessRole
from checkout.catalogue.api import catalogue_router
from checkout.digest import api as digest
from checkout.orders.access import OrderAccess
from checkout.orders.api import OrderDesk, order_router
from checkout.orders.tokens import OrderTokens
from checkout.purchases.api import payment_router
from checkout.settings import CheckoutSettings
from checkout.subscriptions import subscriptions
from checkout.web import purchase_pages, shop_pages
from checkout.web.site import Site
from checkout.webhooks.api import WebhookDesk, webhook_router
from checkout.wiring import Parts, provide_pages, put_together
from eventbus.admin import admin_router
from eventbus.hosting import Ground, Host

_RENEW: Final = timedelta(seconds=5)
_FORGET: Final = timedelta(hours=1)


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
        self._access = OrderAccess(self._tokens)
        self._brand = config.load(settings.config_dir).brand
        self._site = Site(brand=self._brand, public_url=settings.public_url)
        self._parts: Late[Parts] = Late()

    def app(self) -> FastAPI:
        settings, answers = self._settings, self._role.answers
        app = create_app(
            service=settings.service,
            settings=settings,
            lifespan=self._host.lifespan(self._assemble),
            routers=self._routers() if answers else (),
            checks=self._host.checks,
            clock=self._clock,
            error_page=self._site.error_page if answers else None,
            form_targets=("https://checkout.stripe.com", *((settings.sandbox_url,) if settings.sandbox_url else ())),
        )
        if answers:
            app.mount("/static", ui.static_app(self._site.assets))
        self._app = app
        return app

    def _routers(self) -> tuple[APIRouter, ...]:
        settings, access = self._settings, self._access
        secrets = [secret.get_secret_value() for secret in settings.stripe_webhook_secret]
        brand = {
            "name": self._brand.name,
            "logo": self._brand.logo,
            "primary": self._brand.primary,
            "supportEmail": self._brand.support_email,
        }
        return (
            catalogue_router(
                lambda: self._parts().memory,
                brand=brand,
                publishable_key=settings.stripe_publishable_key,
                live_mode=settings.stripe_livemode,
            ),
            payment_router(lambda: self._parts().purchase, access, sandboxed=settings.sandboxed),
            order_router(self._order_desk, access, clock=self._clock),
            webhook_router(self._webhook_desk, secrets=secrets, clock=self._clock),
            digest.router(),
            admin_router(settings.service),
            shop_pages.router,
            purchase_pages.router,
        )

    def _order_desk(self) -> OrderDesk:
        parts = self._parts()
        return OrderDesk(database=parts.database, watch=parts.watch, memory=parts.memory)

    def _webhook_desk(self) -> WebhookDesk:
        parts = self._parts()
        return WebhookDesk(inbox=parts.inbox, database=parts.database, facts=parts.bus.facts)

    async def _assemble(self, ground: Ground) -> None:
        parts = put_together(
            self._settings, database=ground.database, bus=ground.bus, tokens=self._tokens, clock=self._clock
        )
        for client in (parts.stripe, parts.inventory):
            ground.closing.push_async_callback(client.close)
        ground.closing.push_async_callback(parts.purchase.stop)
        await parts.memory.refresh()
        ground.bus.subscribe(subscriptions(parts.memory))
        ground.pings["stripe"] = parts.gateway.ping
        self._schedule(ground.background, parts)
        self._parts.put(parts)
        provide_pages(self._app, parts, site=self._site, access=self._access, clock=self._clock)

    def _schedule(self, background: Background, parts: Parts) -> None:
        background.every(Periodic("renew catalogue", _RENEW, parts.memory.refresh))
        if self._role.answers:
            background.run("follow orders", parts.watch.run)
        if self._role.works:
            for loop in (parts.webhooks.due, parts.sweeper.attempts, parts.sweeper.orphans):
                background.keep(loop)
            background.every(Periodic("forget keys", _FORGET, parts.sweeper.forget))
