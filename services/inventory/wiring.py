"""The parts of a started inventory, put together once; `route_deps.py` gives routes and pages what they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.database import Database
from chassis.tickets import TicketVerifier
from chassis.tokens import ServiceTokens
from config import StockLevels
from eventbus import Outbox, Progress
from eventbus.hosting import Ground
from eventbus.operation.digest_client import DigestClient
from events import Topic
from inventory.doors.listing import ListSigner
from inventory.doors.service import Doors
from inventory.limits.requests import LimitRequests
from inventory.limits.service import LimitService
from inventory.oversold.service import OversoldSeats
from inventory.pools.batcher import Batcher
from inventory.pools.consumers import ORDERS_GROUP
from inventory.pools.mirror import Mirror
from inventory.pools.restore import Restore
from inventory.pools.service import Stock
from inventory.recount.service import Recount
from inventory.settings import InventorySettings
from inventory.waitlist.service import WaitingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What routes, consumers and workers use.

    database: inventory's own
    mirror: the copy of all cities in memory
    stock: the use cases
    outbox: what is said to the others
    batcher: holds, many in one transaction
    doors: who is let in on which ticket
    signer: signs the lists that doors take along
    restore: whether the stock is still behind after a backup was put back
    progress: how far `orders` is read; None in a process that reads nothing
    levels: those of the configuration, as it is now
    limits: what people do to limits
    limit_requests: does each of it once
    recount: pools counted again, and corrected
    """

    database: Database
    mirror: Mirror
    stock: Stock
    outbox: Outbox
    batcher: Batcher
    doors: Doors
    signer: ListSigner
    restore: Restore
    progress: Progress | None
    levels: Callable[[], StockLevels]
    limits: LimitService
    limit_requests: LimitRequests
    recount: Recount


async def put_together(
    settings: InventorySettings, ground: Ground, *, works: bool, levels: Callable[[], StockLevels], clock: Clock
) -> Parts:
    """From the bottom up: memory, use cases, holds. `works`: whether this process reads and keeps time."""
    database = ground.database
    mirror = Mirror(database, clock)
    verifier = TicketVerifier(settings.ticket_public_keys)
    stock = Stock(
        ground.bus.outbox,
        verifier,
        levels=levels,
        delayed_percent=settings.delayed_seats_percent,
        line=WaitingLine(lasts=settings.waitlist_offer),
        owed=OversoldSeats(),
    )
    batcher = Batcher(stock, mirror, database=database, clock=clock)
    ground.closing.push_async_callback(batcher.stop)
    progress = _progress(ground) if works else None
    restore = await Restore.of(stock, mirror, database=database, progress=progress)
    return Parts(
        database=database,
        mirror=mirror,
        stock=stock,
        outbox=ground.bus.outbox,
        batcher=batcher,
        doors=Doors(ground.bus.outbox, verifier, clock=clock),
        signer=ListSigner(settings.service_token_key, settings.ticket_public_keys),
        restore=restore,
        progress=progress,
        levels=levels,
        limits=LimitService(stock, domains=settings.authorized_domain),
        limit_requests=LimitRequests(database, mirror, restore),
        recount=Recount(stock, database=database, checkout=_checkout(settings, ground, clock=clock)),
    )


def _checkout(settings: InventorySettings, ground: Ground, *, clock: Clock) -> DigestClient | None:
    if settings.checkout_url is None:
        return None
    tokens = ServiceTokens(settings.service_token_key, clock=clock)
    digest = DigestClient("checkout", settings.checkout_url, tokens, caller=settings.service)
    ground.closing.push_async_callback(digest.close)
    return digest


def _progress(ground: Ground) -> Progress:
    progress = Progress(group=ORDERS_GROUP, topic=Topic.ORDERS, connection=ground.bus.connection)
    ground.closing.push_async_callback(progress.close)
    return progress
