"""The one place that wires checkout: settings → pool → rooms → routes and workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, FastAPI

import config
from chassis.app import Check, create_app
from chassis.background import Background, Periodic
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.process import ProcessRole
from checkout.catalogue.api import catalogue_router
from checkout.orders.access import OrderAccess
from checkout.orders.api import OrderDesk, order_router
from checkout.orders.tokens import OrderTokens
from checkout.payments.api import payment_router
from checkout.settings import CheckoutSettings
from checkout.storefront import Storefront
from checkout.subscriptions import subscriptions
from checkout.web.access import cookie_name
from checkout.web.pages import install_pages
from checkout.web.site import Ports, Site
from checkout.webhooks.api import WebhookDesk, webhook_router
from checkout.wiring import Parts, put_together
from eventbus import Bus, BusSettings, Heartbeats, KafkaConnection
from eventbus.admin import admin_router

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
        self._checks: dict[str, Check] = {}
        self._tokens = OrderTokens(settings.ticket_signing_key, public_url=settings.public_url)
        self._brand = config.load(settings.config_dir).brand
        self._site = Site(brand=self._brand, public_url=settings.public_url)
        self._open: Parts | None = None

    def app(self) -> FastAPI:
        settings, answers = self._settings, self._role.answers
        app = create_app(
            service=settings.service,
            settings=settings,
            lifespan=self._lifespan,
            routers=self._routers() if answers else (),
            checks=self._checks,
            clock=self._clock,
            error_page=self._site.error_page if answers else None,
            form_targets=("https://checkout.stripe.com", *((settings.sandbox_url,) if settings.sandbox_url else ())),
        )
        if answers:
            install_pages(app, self._site, self._ports())
        return app

    def _parts(self) -> Parts:
        if self._open is None:
            raise Unavailable("checkout has not started")
        return self._open

    def _routers(self) -> tuple[APIRouter, ...]:
        settings, access = self._settings, OrderAccess(self._tokens, cookie_name=cookie_name)
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
            admin_router(settings.service),
        )

    def _order_desk(self) -> OrderDesk:
        parts = self._parts()
        return OrderDesk(database=parts.database, watch=parts.watch, memory=parts.memory)

    def _webhook_desk(self) -> WebhookDesk:
        parts = self._parts()
        return WebhookDesk(inbox=parts.inbox, database=parts.database, facts=parts.bus.facts)

    def _ports(self) -> Ports:
        shop = Storefront(self._parts, hold=self._settings.hold, tokens=self._tokens, clock=self._clock)
        return Ports(
            catalogue=shop,
            stock=shop.stock,
            pricing=shop,
            checkout=shop,
            purchases=shop,
            tokens=self._tokens,
            clock=self._clock,
        )

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = await self._database(stack)
            bus = app.state.bus = self._bus(database)
            parts = put_together(self._settings, database=database, bus=bus, tokens=self._tokens, clock=self._clock)
            for client in (parts.stripe, parts.inventory):
                stack.push_async_callback(client.close)
            stack.push_async_callback(parts.purchase.stop)
            await parts.memory.refresh()
            bus.subscribe(subscriptions(parts.memory))
            background = self._background(parts)
            heartbeats = self._heartbeats(parts)
            heartbeats.register(background)
            await bus.start()
            stack.push_async_callback(bus.stop)
            stack.push_async_callback(heartbeats.say_goodbye)
            await background.start()
            stack.push_async_callback(background.stop)
            self._open = parts
            yield

    async def _database(self, stack: AsyncExitStack) -> Database:
        database = await Database.connect(
            self._settings.database_url.get_secret_value(),
            application=self._settings.service,
            pool_size=self._settings.database_pool_size,
        )
        stack.push_async_callback(database.close)
        self._checks["database"] = database.ping
        return database

    def _bus(self, database: Database) -> Bus:
        settings = BusSettings(
            service=self._settings.service,
            connection=KafkaConnection.from_settings(self._settings),
            database_url=self._settings.database_url.get_secret_value(),
            slot=self._settings.fullhouse_slot,
        )
        return Bus(settings, database=database, clock=self._clock, worker=self._role.works)

    def _background(self, parts: Parts) -> Background:
        background = Background(clock=self._clock)
        background.every(Periodic("renew catalogue", _RENEW, parts.memory.refresh))
        if self._role.answers:
            background.run("follow orders", parts.watch.run)
        if self._role.works:
            sweep = timedelta(seconds=self._settings.checkout_sweep_seconds)
            background.run("webhooks", parts.webhooks.run)
            background.every(Periodic("sweep purchases", sweep, parts.sweeper.sweep))
            background.every(Periodic("forget keys", _FORGET, parts.sweeper.forget))
        return background

    def _heartbeats(self, parts: Parts) -> Heartbeats:
        return Heartbeats(
            parts.bus,
            service=self._settings.service,
            clock=self._clock,
            checks={"database": parts.database.ping},
            pings={"stripe": parts.gateway.ping},
            slot=self._settings.fullhouse_slot,
        )
