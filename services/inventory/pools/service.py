"""What is done with the pools: holds, sales, refunds, and new cities (I-2, I-3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.database import Transaction
from chassis.errors import Condition, Retry
from chassis.meanwhile import meanwhile
from chassis.telemetry import current_traceparent, span
from chassis.tickets import TicketVerifier
from config import StockLevels
from eventbus import Outbox, Outgoing, Received
from events import CatalogueCityChanged, OrderEvent, ReleaseCause
from inventory.ledger import service as ledger
from inventory.pools import announce, store
from inventory.pools.book import Book
from inventory.pools.domain import Cause, Change, ChangeKind, City, Hold, HoldRequest, Pool, Shown
from inventory.pools.errors import UnknownCity
from inventory.pools.levels import may_delay
from inventory.pools.line import Line
from inventory.pools.orders import EFFECTS, OrderNews, step_in
from inventory.pools.outcomes import BatchOutcome, News, Saved
from inventory.pools.owed import Owed
from inventory.tickets import service as tickets
from inventory.tickets.domain import Ticket

CHECKOUT = "checkout"
OWN = "inventory"


class Stock:
    """The use cases of the pools. Each takes a transaction, and locks a city's row before anything of that city."""

    def __init__(
        self,
        outbox: Outbox,
        verifier: TicketVerifier,
        *,
        levels: Callable[[], StockLevels],
        delayed_percent: int,
        line: Line,
        owed: Owed,
    ) -> None:
        """`levels`: those of the configuration, as it is now; `delayed_percent` of a pool may wait for their money;
        `line`: who waits for seats; `owed`: who has paid for seats and has none.
        """
        self.restoring = False
        self._delayed_percent = delayed_percent
        self._levels = levels
        self._line = line
        self._owed = owed
        self._outbox = outbox
        self._verifier = verifier

    async def hold_batch(
        self, tx: Transaction, city_id: str, asks: Sequence[tuple[HoldRequest, Cause]]
    ) -> BatchOutcome:
        """Holds for all who waited, in their order, each all or nothing; who doesn't fit blocks nobody (I-5)."""
        book = await self._open(tx, city_id, [ask.order_id for ask, _ in asks])
        if book is None:
            raise UnknownCity
        read = book.city
        results = [self._hold(book, ask, cause) for ask, cause in asks]
        return BatchOutcome(results=results, read=read, saved=await self.save(tx, book))

    async def release(self, tx: Transaction, order_id: UUID, cause: Cause) -> list[Saved]:
        """Gives an order's held seats back; an unknown order leaves a tombstone, which refuses a late hold (I-2)."""
        cities = await store.cities_of_order(tx, order_id)
        if not cities and not await store.bury(tx, order_id):
            cities = await store.cities_of_order(tx, order_id)  # its hold came this very moment, or it has a tombstone
        saved = []
        for city_id in cities:
            book = await self._open(tx, city_id, [order_id])
            if book is not None:
                book.release(order_id, cause)
                saved.append(await self.save(tx, book))
        return saved

    async def expire(
        self, tx: Transaction, city_id: str, order_ids: Collection[UUID], *, ended_by: datetime
    ) -> Saved | None:
        """Frees what is still held although its own end lay before `ended_by`."""
        book = await self._open(tx, city_id, order_ids)
        if book is None:
            return None
        cause = Cause(actor=OWN, reason=ReleaseCause.HOLD_ENDED, traceparent=current_traceparent())
        for order_id in order_ids:
            book.expire(order_id, cause, ended_by=ended_by)
        return await self.save(tx, book)

    async def follow_orders(self, tx: Transaction, batch: Sequence[Received[OrderEvent]]) -> list[Saved]:
        """Brings the stock to what the orders' events say, once each and in any order (I-3, E-6)."""
        brought = {
            received.event_id: EFFECTS[type(received.event)].new_tickets(self._verifier, received.event)
            for received in batch
        }
        by_city: dict[str, list[Received[OrderEvent]]] = {}
        for received in batch:
            for city_id in received.event.city_ids:
                by_city.setdefault(city_id, []).append(received)
        known = await _known_tickets(tx, batch, sorted(by_city))
        return [await self._follow(tx, city_id, by_city[city_id], brought, known) for city_id in sorted(by_city)]

    async def open_city(self, tx: Transaction, event: CatalogueCityChanged, event_id: UUID) -> Saved | None:
        """Opens pools for tiers that are new, with the catalogue's starting limits; others keep theirs (C-2)."""
        shown = Shown(
            catalogue_version=event.version,
            listed=event.listed,
            withdrawn=event.withdrawn,
            withdrawn_tiers=frozenset(event.tiers.keys() - event.offered.keys()),
            on_sale_from=event.on_sale_from,
            on_sale_until=event.on_sale_until,
            name=event.name,
            time_zone=event.time_zone,
            starts=event.starts,
        )
        if not await store.lock_shown(tx, event.city_id, shown):
            return None
        pools = {tier: _starting_pool(event, tier) for tier in event.tiers}
        opened = await store.open_pools(tx, event.city_id, pools.values())
        found = await store.locked_city(tx, event.city_id)
        if found is None:
            return None
        city, now = found
        return await self._announce_opened(tx, city, {tier: pools[tier] for tier in sorted(opened)}, event_id, now)

    async def open(self, tx: Transaction, city_id: str) -> Book:
        """The city's book, for a change of its pools as such: locked until the transaction ends. Raises UnknownCity."""
        book = await self._open(tx, city_id, ())
        if book is None:
            raise UnknownCity
        return book

    async def save(self, tx: Transaction, book: Book) -> Saved:
        """Writes what a book has changed, and announces it.

        What has become free goes to whom a seat is owed, then it is offered to who waits.
        """
        await self._owed.follow(tx, book)
        told = await self._line.follow(tx, book) if book.city.in_line else ()
        tell = partial(self._news, book.changes, told, book.now)
        changed = book.changes or book.holds.new or book.holds.changed
        news = await meanwhile(store.save(tx, book), tell) if changed else tell()
        await tickets.save(
            tx, new=book.tickets.new, changed=book.tickets.changed, superseded=book.tickets.superseded, at=book.now
        )
        await self._announce(tx, news)
        return Saved(city=book.city, changes=tuple(book.changes))

    async def tell_all(self, tx: Transaction) -> list[Saved]:
        """Says of each city where it stands, as its newest version, and offers what is free to who waits."""
        saved = []
        for city_id in await store.city_ids(tx):
            book = await self._open(tx, city_id, (), restoring=False)
            if book is not None:
                book.city = book.city._replace(version=book.city.version + 1)
                await store.set_version(tx, book.city)
                await self._outbox.enqueue(tx, [announce.standing(book.city, book.now)])
                saved.append(await self.save(tx, book))
        return saved

    def _hold(self, book: Book, ask: HoldRequest, cause: Cause) -> Hold | Condition:
        try:
            return book.hold(ask, cause, delayable=self._may_delay(book.city.pools.get(ask.tier), ask.quantity))
        except Condition as refusal:
            return refusal

    def _may_delay(self, pool: Pool | None, quantity: int) -> bool:
        if pool is None:
            return False
        thresholds = self._levels().thresholds(pool.tier, pool.thresholds)
        return may_delay(thresholds, pool, quantity, percent=self._delayed_percent)

    async def _announce_opened(
        self, tx: Transaction, city: City, opened: Mapping[str, Pool], event_id: UUID, now: datetime
    ) -> Saved:
        cause = Cause(actor=CHECKOUT, reason="opened", event_id=event_id, traceparent=current_traceparent())
        changes: list[Change] = []
        before = City(
            city_id=city.city_id,
            version=city.version,
            pools={tier: pool for tier, pool in city.pools.items() if tier not in opened},
            shown=city.shown,
        )
        for pool in opened.values():
            after = before.changed(pool)
            changes.append(
                Change(
                    kind=ChangeKind.OPENED,
                    tier=pool.tier,
                    quantity=pool.actual_limit,
                    order_id=None,
                    before=before,
                    after=after,
                    cause=cause,
                )
            )
            before = after
        await store.set_version(tx, before)
        await self._announce(tx, self._news(changes, (), now))
        return Saved(city=before, changes=changes)

    async def _follow(
        self,
        tx: Transaction,
        city_id: str,
        batch: Sequence[Received[OrderEvent]],
        brought: Mapping[UUID, Sequence[Ticket]],
        known: Sequence[Ticket],
    ) -> Saved:
        events = [received.event for received in batch]
        others = {hold_id for event in events for hold_id in EFFECTS[type(event)].other_holds(event)}
        book = await self._open(tx, city_id, {event.order_id for event in events} | others, known)
        if book is None:
            raise Retry(f"the city {city_id} is not known here yet")
        for received in batch:
            with received.trace(), span(f"consume {received.event.short_type()}"):
                _apply(book, received, brought[received.event_id])
        await self._owed.note(tx, book, events)
        return await self.save(tx, book)

    async def _open(
        self,
        tx: Transaction,
        city_id: str,
        order_ids: Collection[UUID],
        known: Collection[Ticket] = (),
        *,
        restoring: bool | None = None,
    ) -> Book | None:
        found = await store.locked_city(tx, city_id)
        if found is None:
            return None
        city, now = found
        offers = await self._line.offers(tx, city_id) if city.in_line else ()
        holds = await store.holds_of(tx, {*order_ids, *offers})
        still = self.restoring if restoring is None else restoring
        return Book(city, now=now, holds=holds, tickets=known, offers=offers, restoring=still)

    def _news(self, changes: Sequence[Change], told: Sequence[Outgoing], at: datetime) -> News:
        """`told`: what those in line are told of the changes."""
        events = announce.events(changes, at, self._levels())
        return News(entries=announce.ledger_entries(changes, at), rows=self._outbox.rows([*events, *told]))

    async def _announce(self, tx: Transaction, news: News) -> None:
        await ledger.record(tx, news.entries)
        await self._outbox.write(tx, news.rows)


async def _known_tickets(
    tx: Transaction, batch: Sequence[Received[OrderEvent]], city_ids: Sequence[str]
) -> Sequence[Ticket]:
    """Those that events look back to, as they are before any city of the batch is written: a moved one has two."""
    needing = {received.event.order_id for received in batch if EFFECTS[type(received.event)].needs_tickets}
    if needing:
        for city_id in city_ids:
            await store.locked_city(tx, city_id)
    return await tickets.of_orders(tx, needing)


def _apply(book: Book, received: Received[OrderEvent], brought: Sequence[Ticket]) -> None:
    event = received.event
    cause = Cause(
        actor=CHECKOUT,
        reason=event.short_type().replace(".", "_"),
        event_id=received.event_id,
        traceparent=current_traceparent(),
    )
    news = OrderNews(event=event, step=step_in(event, book.city.city_id), cause=cause, tickets=brought)
    EFFECTS[type(event)].apply(book, news)


def _starting_pool(event: CatalogueCityChanged, tier: str) -> Pool:
    entry = event.tiers[tier]
    return Pool(
        tier=tier,
        public_limit=entry.public_limit,
        actual_limit=entry.actual_limit,
        thresholds=entry.thresholds,
    )
