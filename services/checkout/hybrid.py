"""The parts of hybrid payments, put together: providers, their connections, and who takes which payment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.database import Database
from chassis.encryption import Vault
from chassis.http.deps import provide
from chassis.signatures import RefusedSignatures
from checkout.appointments.api import AppointmentDeps
from checkout.appointments.service import Appointments
from checkout.appointments.tokens import AppointmentLinks
from checkout.catalogue.memory import CatalogueMemory
from checkout.collecting import CollectingParts, collecting_parts
from checkout.commission.api import CollectionDeps
from checkout.connections.api import ConnectionDeps
from checkout.connections.looking import ConnectionLooks
from checkout.connections.payments import ConnectionPayments
from checkout.connections.permission_api import PermissionDeps
from checkout.connections.permitting import Permissions
from checkout.connections.results import LookResults
from checkout.connections.service import Connections
from checkout.connections.subscribing import Subscribing
from checkout.connections.subscription_api import SubscriptionDeps
from checkout.connections.webhook_api import ConnectionWebhookDeps
from checkout.connections.webhook_door import ConnectionDoor
from checkout.connections.webhook_handlers import registrations
from checkout.connections.webhook_source import ConnectionSource
from checkout.connections.workers import ConnectionCare
from checkout.external import external_processors, own_lists
from checkout.orders.access import OrderAccess
from checkout.payments.afterwards import Afterwards
from checkout.payments.processors.port import Processor
from checkout.payments.service import PaymentService
from checkout.processors.port import ExternalProcessor
from checkout.providers.api import ProviderDeps
from checkout.providers.memory import ProviderMemory
from checkout.providers.service import Providers
from checkout.refunds.standing import standing
from checkout.revenue.api import RevenueDeps
from checkout.revenue.summing import Revenue
from checkout.routing.api import RoutingDeps
from checkout.routing.service import RoutingService
from checkout.settings import CheckoutSettings
from checkout.taking import TakingParts, taking
from checkout.takings.api import TakingDeps
from checkout.takings.changing_api import AppointmentChangeDeps
from checkout.takings.performance_api import PerformanceDeps
from checkout.takings.refund_api import AppointmentRefundDeps
from checkout.traces.api import TraceDeps
from checkout.transactions.api import TransactionDeps
from checkout.transactions.archive import TransactionArchive
from checkout.transactions.comparing import Comparisons
from checkout.transactions.comparison_api import ComparisonDeps
from checkout.transactions.fee_api import FeeDeps
from checkout.transactions.service import Transactions
from checkout.transactions.sync_api import SyncDeps
from checkout.transactions.syncing import TransactionSyncs
from checkout.transactions.webhook_handlers import TransactionHandlers
from checkout.transactions.workers import ComparisonWorker, SyncWorker, TransactionWork
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.sources import Registration
from config import Fees
from eventbus.hosting import Ground

# New connections wake the worker themselves; others are due within the hour.
_POLL: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridParts:
    """What routes use.

    memory: providers as this process keeps them
    providers: keeps and changes them
    connections: their accounts at processors
    looks: asks processors about these
    care: does so when it is due
    transactions: what the accounts took
    work: what is done about that in the background
    permissions: sends account owners to their processor
    processors: the ways to processors, by name
    door: believes what these have signed
    webhooks: what is done about it
    subscribing: has it sent
    appointments: what providers are paid for
    routing: says who takes a payment
    collections: the platform's commission
    collecting: makes what is due of it
    collector: takes it
    taking: has appointments paid there
    revenue: what all payments come to
    fees: what processors keep of payments, by fees.yaml as it is now
    """

    memory: ProviderMemory
    providers: Providers
    connections: Connections
    looks: ConnectionLooks
    care: ConnectionCare
    transactions: Transactions
    work: TransactionWork
    permissions: Permissions
    processors: Mapping[str, ExternalProcessor]
    door: ConnectionDoor
    webhooks: Sequence[Registration]
    subscribing: Subscribing
    appointments: Appointments
    routing: RoutingService
    collected: CollectingParts
    taking: TakingParts
    revenue: Revenue
    fees: Callable[[], Fees]


def hybrid(
    settings: CheckoutSettings,
    ground: Ground,
    *,
    fees: Callable[[], Fees],
    payments: PaymentService,
    afterwards: Afterwards,
    platform: Processor,
    clock: Clock,
) -> HybridParts:
    """From the bottom up. `platform`: our own account, through which the platform takes money."""
    outbox = ground.bus.outbox
    memory = ProviderMemory(ground.database, currency=settings.currency)
    processors = external_processors(settings, ground, clock=clock)
    connections = Connections(
        Vault(settings.encryption_key), public_url=settings.public_url, outbox=outbox, clock=clock
    )
    providers = Providers(outbox=outbox, currency=settings.currency, clock=clock)
    accounts = ConnectionPayments(connections, database=ground.database, processors=processors)
    sources = [ConnectionSource(each, accounts, database=ground.database, clock=clock) for each in processors.values()]
    looks = ConnectionLooks(connections, database=ground.database, processors=processors, clock=clock)
    links = AppointmentLinks(settings.ticket_signing_key, public_url=settings.public_url)
    appointments = Appointments(memory, links, outbox=outbox, clock=clock)
    routing = RoutingService(providers=memory, fees=fees, platform=platform.name, outbox=outbox, clock=clock)
    lists = own_lists(settings, ground, clock=clock)
    taken = taking(
        settings,
        database=ground.database,
        providers=providers,
        connections=connections,
        processors=processors,
        routing=routing,
        appointments=appointments,
        links=links,
        payments=payments,
        afterwards=afterwards,
        platform=platform,
        lists=lists,
        outbox=outbox,
        clock=clock,
    )
    collected = collecting_parts(settings, ground, lists=lists, outbox=outbox, clock=clock)
    return HybridParts(
        memory=memory,
        providers=providers,
        connections=connections,
        looks=looks,
        care=ConnectionCare(looks, poll=_POLL),
        transactions=taken.transactions,
        work=TransactionWork(
            sync=SyncWorker(
                TransactionSyncs(taken.transactions, accounts, database=ground.database, outbox=outbox, clock=clock),
                poll=_POLL,
            ),
            comparisons=ComparisonWorker(
                Comparisons(taken.transactions, accounts, database=ground.database, outbox=outbox, clock=clock),
                poll=_POLL,
            ),
            archive=TransactionArchive(database=ground.database, clock=clock),
        ),
        permissions=Permissions(
            connections,
            looks,
            database=ground.database,
            processors=processors,
            keys=settings.service_token_key,
            public_url=settings.public_url,
            clock=clock,
        ),
        processors=processors,
        door=ConnectionDoor(
            connections,
            database=ground.database,
            processors=processors,
            live_mode=settings.stripe_livemode,
            clock=clock,
        ),
        webhooks=registrations(
            sources, LookResults(connections, clock=clock), TransactionHandlers(taken.transactions).moved
        ),
        subscribing=Subscribing(connections, database=ground.database, processors=processors, clock=clock),
        appointments=appointments,
        routing=routing,
        taking=taken,
        collected=collected,
        revenue=Revenue(ground.database, zone=settings.business_timezone, clock=clock),
        fees=fees,
    )


def provide_hybrid(
    app: FastAPI,
    parts: HybridParts,
    database: Database,
    access: OrderAccess,
    *,
    catalogue: CatalogueMemory,
    inbox: WebhookInbox,
    refused: RefusedSignatures,
    clock: Clock,
) -> None:
    """Gives each room's routes what they work with."""
    currency = parts.memory.currency
    provide(
        app,
        ProviderDeps(database=database, providers=parts.providers, memory=parts.memory),
        ConnectionDeps(
            database=database,
            connections=parts.connections,
            looks=parts.looks,
            processors=frozenset(parts.processors),
            wake=parts.care.due.wake,
            clock=clock,
        ),
        TransactionDeps(database=database),
        FeeDeps(database=database, fees=parts.fees, clock=clock),
        ComparisonDeps(database=database, wake=parts.work.comparisons.due.wake, clock=clock),
        SyncDeps(database=database, connections=parts.connections, wake=parts.work.sync.due.wake, clock=clock),
        SubscriptionDeps(subscribing=parts.subscribing),
        ConnectionWebhookDeps(door=parts.door, inbox=inbox, refused=refused),
        AppointmentDeps(
            database=database, appointments=parts.appointments, links=parts.taking.links, currency=currency
        ),
        TakingDeps(database=database, paying=parts.taking.paying),
        AppointmentRefundDeps(database=database, deeds=parts.taking.deeds),
        AppointmentChangeDeps(deeds=parts.taking.deeds, links=parts.taking.links),
        PerformanceDeps(database=database, clock=clock),
        TraceDeps(database=database),
        RoutingDeps(
            database=database,
            routing=parts.routing,
            access=access,
            links=parts.taking.links,
            memory=catalogue,
            currency=currency,
            refunds_standing=standing,
        ),
        RevenueDeps(database=database, revenue=parts.revenue, clock=clock),
        PermissionDeps(database=database, permissions=parts.permissions, processors=frozenset(parts.processors)),
        CollectionDeps(
            database=database,
            collections=parts.collected.collections,
            collecting=parts.collected.collecting,
            collector=parts.collected.collector,
            clock=clock,
        ),
    )
