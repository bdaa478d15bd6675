"""The parts of hybrid payments, put together: providers, and how each of them is paid."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.database import Database
from chassis.encryption import Vault
from chassis.http.deps import provide
from checkout.connections.api import ConnectionDeps
from checkout.connections.service import Connections
from checkout.providers.api import ProviderDeps
from checkout.providers.memory import ProviderMemory
from checkout.providers.service import Providers
from checkout.settings import CheckoutSettings
from eventbus.hosting import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridParts:
    """What routes use.

    memory: providers as this process keeps them
    providers: keeps and changes them
    connections: their accounts at processors
    """

    memory: ProviderMemory
    providers: Providers
    connections: Connections


def hybrid(settings: CheckoutSettings, ground: Ground, *, clock: Clock) -> HybridParts:
    """From the bottom up."""
    return HybridParts(
        memory=ProviderMemory(ground.database, currency=settings.currency),
        providers=Providers(outbox=ground.bus.outbox, currency=settings.currency, clock=clock),
        connections=Connections(
            Vault(settings.encryption_key), public_url=settings.public_url, outbox=ground.bus.outbox, clock=clock
        ),
    )


def provide_hybrid(app: FastAPI, parts: HybridParts, database: Database, *, clock: Clock) -> None:
    """Gives each room's routes what they work with."""
    provide(
        app,
        ProviderDeps(database=database, providers=parts.providers, memory=parts.memory),
        ConnectionDeps(database=database, connections=parts.connections, clock=clock),
    )
