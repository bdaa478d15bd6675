"""The parts of a started notifier, put together once; `route_deps.py` gives routes and pages what they need of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from config import Config, MessageKind
from eventbus.hosting import Ground
from events import Channel
from notifier.acknowledgements.service import Acknowledgements
from notifier.alerts.composer import AlertComposer
from notifier.alerts.domain import KINDS, AlertRoutes
from notifier.alerts.links import Links
from notifier.alerts.service import Alerting, outdated
from notifier.channels.provider import Provider
from notifier.channels.table import open_providers
from notifier.deliveries.breaker import BreakerPolicy
from notifier.deliveries.composing import Composer, Composers
from notifier.deliveries.decisions import Decisions
from notifier.deliveries.service import Deliveries
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy
from notifier.deliveries.workers import ChannelPool, ChannelWork, Watch
from notifier.digest.domain import Directory
from notifier.messages.appointments import APPOINTMENT_KINDS, AppointmentComposer
from notifier.messages.changes import CHANGES, ChangeComposer
from notifier.messages.composer import MessageComposer
from notifier.messages.domain import SALE, WITH_TICKETS, Installation
from notifier.messages.holders import HOLDER_KINDS, HolderComposer
from notifier.messages.language import InBuyersLanguage
from notifier.messages.letters import LETTERS, LetterComposer
from notifier.messages.passes import PASS_ENDING, PASS_GRANTED, PassComposer
from notifier.messages.purchases import PURCHASES, PurchasesComposer
from notifier.messages.rules import MessageRules
from notifier.messages.service import Announcements
from notifier.messages.stock_view import StockView
from notifier.messages.waiting import WAITING, WaitingComposer
from notifier.receipts.workers import ReceiptSettler
from notifier.settings import NotifierSettings
from notifier.texts.templates import Templates

_CAUGHT_UP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast deliveries are taken up again; shorter in tests.

    times: leases and pauses
    breaker: when the circuit breakers open and close
    """

    times: DeliveryTimes = field(default_factory=DeliveryTimes)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What settings and configuration say now; each part is asked each time, since files may be reloaded.

    settings: the environment
    config: the files
    """

    settings: NotifierSettings
    config: Callable[[], Config]

    def rules(self) -> MessageRules:
        """Whom messages about orders reach."""
        config = self.config()
        return MessageRules(messages=config.messages, contacts=config.contacts, owners=self.settings.sms_target_numbers)

    def routes(self) -> AlertRoutes:
        """Whom alerts reach."""
        config = self.config()
        return AlertRoutes(
            routing=config.routing,
            contacts=config.contacts,
            owners=self.settings.sms_target_numbers,
            zone=self.settings.business_timezone,
            vendors=config.vendors,
        )

    def directory(self) -> Directory:
        """Who hears of what."""
        return Directory(self.rules().recipients(MessageKind.SALE, Channel.SMS), self.routes())

    def retries(self, channel: Channel) -> RetryPolicy:
        """How often the channel tries."""
        rules = self.config().messages.channels[channel]
        return RetryPolicy(attempts=rules.retry_attempts, delay=rules.retry_delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, consumers and workers use.

    database: the notifier's own
    current: what settings and configuration say now
    providers: a provider a channel
    announcements: says what orders give cause for
    alerting: says what alerts give cause for
    stock_view: what texts quote of stock and cities
    pools: send what is due, one a channel
    watches: find what was left over, one a channel
    settler: settles deliveries with receipts
    acknowledgements: takes what people answer
    links: signs and reads the links of messages
    """

    database: Database
    current: Current
    providers: Mapping[Channel, Provider]
    announcements: Announcements
    alerting: Alerting
    stock_view: StockView
    pools: Mapping[Channel, ChannelPool]
    watches: Mapping[Channel, Watch]
    settler: ReceiptSettler
    acknowledgements: Acknowledgements
    links: Links


def put_together(
    settings: NotifierSettings,
    ground: Ground,
    *,
    config: Callable[[], Config],
    templates: Templates,
    clock: Clock,
    pace: Pace,
) -> Parts:
    """From the bottom up: channels, deliveries, messages and alerts, acknowledgements."""
    database, bus = ground.database, ground.bus
    current = Current(settings=settings, config=config)
    links = Links(settings.service_token_key, settings.public_url)
    stock_view = StockView()
    providers = _providers(settings, ground, config())
    pools: dict[Channel, ChannelPool] = {}

    def wake(channels: Collection[Channel]) -> None:
        for channel in channels:
            pools[channel].due.wake()

    async def know_the_stock() -> None:
        """Texts name cities and what is left: worth a short wait at the start, and no more."""
        await bus.caught_up(_CAUGHT_UP_SECONDS)

    deliveries = Deliveries(
        outbox=bus.outbox,
        decisions=Decisions(
            retries=current.retries,
            receipt_after=lambda channel: config().messages.receipts_after().get(channel),
            times=pace.times,
            rng=Random(),
        ),
        breaker_policy=pace.breaker,
        queued=wake,
        outdated=outdated,
    )
    composers = _composers(current, database, providers, templates, stock_view, links, clock)
    for channel, provider in providers.items():
        work = ChannelWork(
            channel=channel, database=database, deliveries=deliveries, composer=composers, provider=provider
        )
        pools[channel] = ChannelPool(work, ready=know_the_stock)
    return Parts(
        database=database,
        current=current,
        providers=providers,
        announcements=Announcements(deliveries, current.rules),
        alerting=Alerting(deliveries, current.routes, updating=_updating(providers)),
        stock_view=stock_view,
        pools=pools,
        watches={channel: Watch(pool.work, wake=pool.due.wake) for channel, pool in pools.items()},
        settler=ReceiptSettler(database, deliveries),
        acknowledgements=Acknowledgements(
            outbox=bus.outbox,
            contacts=lambda: config().contacts,
            owners=settings.sms_target_numbers,
            clock=clock,
        ),
        links=links,
    )


def _providers(settings: NotifierSettings, ground: Ground, config: Config) -> Mapping[Channel, Provider]:
    providers = open_providers(settings, config)
    for provider in providers.values():
        ground.closing.push_async_callback(provider.close)
        ground.pings.update(provider.pings)
    return providers


def _updating(providers: Mapping[Channel, Provider]) -> Collection[Channel]:
    return {channel for channel, provider in providers.items() if provider.features.updates}


def _composers(
    current: Current,
    database: Database,
    providers: Mapping[Channel, Provider],
    templates: Templates,
    stock_view: StockView,
    links: Links,
    clock: Clock,
) -> Composer:
    settings = current.settings
    installation = Installation(
        brand=lambda: current.config().brand, public_url=settings.public_url, zone=settings.business_timezone
    )
    orders = MessageComposer(stock_view=stock_view, templates=templates, installation=installation, clock=clock)
    alerts = AlertComposer(
        database=database,
        routes=current.routes,
        templates=templates,
        installation=installation,
        links=links,
        clock=clock,
        features={channel: provider.features for channel, provider in providers.items()},
    )
    letters = LetterComposer(stock_view=stock_view, templates=templates, installation=installation)
    waiting = WaitingComposer(stock_view=stock_view, templates=templates, installation=installation, clock=clock)
    return Composers(
        {
            SALE: orders,
            **dict.fromkeys(WITH_TICKETS, InBuyersLanguage(orders)),
            **dict.fromkeys(LETTERS, InBuyersLanguage(letters)),
            **dict.fromkeys(WAITING, InBuyersLanguage(waiting)),
            **dict.fromkeys(
                (PASS_GRANTED, PASS_ENDING),
                InBuyersLanguage(PassComposer(templates=templates, installation=installation)),
            ),
            **dict.fromkeys(
                HOLDER_KINDS,
                InBuyersLanguage(HolderComposer(stock_view=stock_view, templates=templates, installation=installation)),
            ),
            **dict.fromkeys(CHANGES, InBuyersLanguage(ChangeComposer(templates=templates, installation=installation))),
            **dict.fromkeys(
                APPOINTMENT_KINDS,
                InBuyersLanguage(AppointmentComposer(templates=templates, installation=installation)),
            ),
            PURCHASES: InBuyersLanguage(PurchasesComposer(templates=templates, installation=installation)),
            **dict.fromkeys(KINDS, alerts),
        }
    )
