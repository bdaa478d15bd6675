"""What a working process of the notifier runs: consumer groups, one pool a channel, receipts, the watch (E-7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from chassis.background import Background
from chassis.clock import Clock
from chassis.database import Database
from chassis.due_rows import DueBatches
from config import Config, Messages
from eventbus import Bus
from events import Channel
from notifier.alerts.composer import AlertComposer
from notifier.alerts.domain import KINDS, AlertRoutes
from notifier.alerts.links import Links
from notifier.alerts.service import Alerting, outdated
from notifier.channels.provider import Provider
from notifier.channels.table import CHANNELS
from notifier.deliveries.breaker import BreakerPolicy
from notifier.deliveries.composing import Composers
from notifier.deliveries.decisions import Decisions
from notifier.deliveries.domain import DeliveryTimes, RetryPolicy
from notifier.deliveries.service import Deliveries
from notifier.deliveries.workers import ChannelPool, ChannelWork, Watch
from notifier.messages.composer import Installation, MessageComposer
from notifier.messages.domain import CONFIRMATION, SALE
from notifier.messages.service import Announcements, MessageRules
from notifier.messages.stock_view import StockView
from notifier.receipts import service as receipts
from notifier.settings import NotifierSettings
from notifier.subscriptions import subscriptions
from notifier.texts.templates import Templates

_RECEIPTS: Final = timedelta(milliseconds=500)
# A message has two or three, often within this time; nobody waits for them.
_GATHER_RECEIPTS: Final = timedelta(milliseconds=100)
_STOCK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Time limits and the breaker's policy; shorter in tests."""

    times: DeliveryTimes = field(default_factory=DeliveryTimes)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)


class Work:
    """The rooms of one working process, wired. `register` before the bus and the background start."""

    def __init__(
        self,
        settings: NotifierSettings,
        config: Config,
        *,
        bus: Bus,
        database: Database,
        providers: Mapping[Channel, Provider],
        templates: Templates,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._bus = bus
        self._database = database
        self._pools: dict[Channel, ChannelPool] = {}
        self._brand = config.brand
        self.rules = MessageRules(
            messages=config.messages, contacts=config.contacts, owners=settings.sms_target_numbers
        )
        stock_view = StockView()
        self._decisions = Decisions(
            policies=_policies(config.messages),
            receipt_after=config.messages.receipts_after(),
            times=pace.times,
            rng=Random(),
        )
        self._deliveries = Deliveries(
            outbox=bus.outbox,
            decisions=self._decisions,
            breaker_policy=pace.breaker,
            queued=self._wake,
            outdated=outdated,
        )
        self.receipts = DueBatches(
            "receipts",
            take=self._settle_receipts,
            batch=receipts.BATCH,
            poll=_RECEIPTS,
            gather=_GATHER_RECEIPTS,
        )
        self.routes = alert_routes(settings, config)
        installation = Installation(
            brand=lambda: self._brand, public_url=settings.public_url, zone=settings.business_timezone
        )
        alerts = AlertComposer(
            database=database,
            routes=self.routes,
            templates=templates,
            installation=installation,
            links=Links(settings.service_token_key, settings.public_url),
            clock=clock,
            features={channel: provider.features for channel, provider in providers.items()},
        )
        orders = MessageComposer(stock_view=stock_view, templates=templates, installation=installation, clock=clock)
        composer = Composers({**dict.fromkeys(KINDS, alerts), **dict.fromkeys((SALE, CONFIRMATION), orders)})
        updating = {channel for channel, provider in providers.items() if provider.features.updates}
        alerting = Alerting(self._deliveries, self.routes, updating=updating)
        bus.subscribe(subscriptions(Announcements(self._deliveries, self.rules), alerting, stock_view))
        self._channels = [
            ChannelWork(
                channel=channel,
                database=database,
                deliveries=self._deliveries,
                composer=composer,
                provider=provider,
            )
            for channel, provider in providers.items()
        ]

    def register(self, background: Background) -> None:
        for work in self._channels:
            pool = ChannelPool(work, ready=self._know_the_stock)
            self._pools[work.channel] = pool
            watch = Watch(work, wake=pool.due.wake)
            background.keep(pool.due)
            background.keep(watch.due)
        background.keep(self.receipts)

    def apply(self, config: Config) -> None:
        """Reloaded configuration; what is queued already keeps the lane and time to live it was queued with."""
        self.rules.messages, self.rules.contacts = config.messages, config.contacts
        self.routes.routing, self.routes.contacts = config.routing, config.contacts
        self._brand = config.brand
        self._decisions.policies.update(_policies(config.messages))
        self._decisions.receipt_after.update(config.messages.receipts_after())

    def _wake(self, channels: Collection[Channel]) -> None:
        for channel in channels:
            if channel in self._pools:
                self._pools[channel].due.wake()

    async def _know_the_stock(self) -> None:
        """Texts name cities and what is left: worth a short wait at the start, and no more."""
        await self._bus.caught_up(_STOCK_SECONDS)

    async def _settle_receipts(self) -> int:
        async with self._database.transaction() as tx:
            return await receipts.settle(tx, self._deliveries)


def _policies(messages: Messages) -> dict[Channel, RetryPolicy]:
    rules = {channel: messages.channels[channel] for channel in CHANNELS}
    return {
        channel: RetryPolicy(attempts=each.retry_attempts, delay=each.retry_delay) for channel, each in rules.items()
    }


def alert_routes(settings: NotifierSettings, config: Config) -> AlertRoutes:
    """Whom alerts reach, as the files say now."""
    return AlertRoutes(
        routing=config.routing,
        contacts=config.contacts,
        owners=settings.sms_target_numbers,
        zone=settings.business_timezone,
    )
