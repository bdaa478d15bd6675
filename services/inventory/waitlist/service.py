"""The waiting list's use cases: join, leave, and what comes back goes to the next in line (I-10).

Each takes a transaction, and locks the city's row before it looks who waits: one line, whoever writes into it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.ids import uuid7
from chassis.paging import page_of
from chassis.telemetry import current_traceparent
from eventbus import Outbox, Outgoing
from events import (
    OfferEnd,
    ReleaseCause,
    WaitlistEvent,
    WaitlistJoined,
    WaitlistLeft,
    WaitlistOffered,
    WaitlistOfferEnded,
)
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind, HoldState
from inventory.pools.errors import UnknownTier
from inventory.pools.outcomes import Saved
from inventory.pools.service import OWN, Stock
from inventory.waitlist import store
from inventory.waitlist.domain import Entry, EntryState, Person, next_in_line
from inventory.waitlist.errors import NotSelling, SeatsAreFree, TooMany, UnknownEntry
from inventory.waitlist.store import WaitlistFilters

_TOKEN_BYTES: Final = 18
_OFFERED: Final = "waitlist_offered"
# What a hold's change means for the offer that it was: the entry's next state, and the word for it.
_TAKEN: Final = (EntryState.TAKEN, OfferEnd.TAKEN)
_EXPIRED: Final = (EntryState.EXPIRED, OfferEnd.EXPIRED)
_NEEDED: Final = (EntryState.WAITING, OfferEnd.NEEDED_FOR_PAID_ORDER)
_BY_REASON: Final[Mapping[str, tuple[EntryState, OfferEnd]]] = MappingProxyType(
    {ReleaseCause.OFFER_TAKEN: _TAKEN, ReleaseCause.NEEDED_FOR_PAID_ORDER: _NEEDED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """A wish to wait for seats.

    city_id, tier: the pool
    quantity: how many seats, all or nothing
    person: who waits
    """

    city_id: str
    tier: str
    quantity: int
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody's place in line.

    entry: the place
    ahead: how many wait for the same pool and came before
    """

    entry: Entry
    ahead: int


class WaitingLine:
    """What the pools ask when seats may have come back (`inventory.pools.line`). `lasts`: how long an offer does."""

    def __init__(self, *, lasts: timedelta) -> None:
        self._lasts = lasts

    async def offers(self, tx: Transaction, city_id: str) -> Sequence[UUID]:
        return [entry.offer_id for entry in await store.offers(tx, city_id) if entry.offer_id is not None]

    async def follow(self, tx: Transaction, book: Book) -> Sequence[Outgoing]:
        ended = await self._end_offers(tx, book)
        made = [] if book.restoring else await self._make_offers(tx, book)
        return [_outgoing(event) for event in (*ended, *made)]

    async def _end_offers(self, tx: Transaction, book: Book) -> list[WaitlistEvent]:
        """Of those whose hold has been freed; who is told why is in the change that freed it."""
        fates = _fates(book)
        ended: list[WaitlistEvent] = []
        entries = []
        for entry in await store.of_offers(tx, fates) if fates else ():
            state, cause = fates[entry.offer_id]
            entries.append(entry.again() if state is EntryState.WAITING else entry.over(state))
            ended.append(WaitlistOfferEnded(**_facts(entry, book.now), offer_id=entry.offer_id, cause=cause))
        await store.update(tx, entries, at=book.now)
        return ended

    async def _make_offers(self, tx: Transaction, book: Book) -> list[WaitlistEvent]:
        made: list[WaitlistEvent] = []
        for tier in sorted(book.city.pools):
            entries = [self._offer(book, entry) for entry in await _next(tx, book, tier)]
            await store.update(tx, entries, at=book.now)
            made += [
                WaitlistOffered(**_facts(entry, book.now), offer_id=entry.offer_id, offered_until=entry.offered_until)
                for entry in entries
            ]
        return made

    def _offer(self, book: Book, entry: Entry) -> Entry:
        offer_id, until = uuid7(), book.now + self._lasts
        cause = Cause(actor=OWN, reason=_OFFERED, traceparent=current_traceparent())
        book.offer(offer_id, entry.tier, entry.quantity, cause, until=until)
        return entry.offered(offer_id, until=until)


class Waitlist:
    """What people do with the list."""

    def __init__(self, stock: Stock, outbox: Outbox) -> None:
        self._stock = stock
        self._outbox = outbox

    async def join(self, tx: Transaction, wish: JoinRequest) -> Standing:
        """An address has one place for a pool: whoever joins again has the same one.

        Raises UnknownCity, UnknownTier, NotSelling, SeatsAreFree or TooMany.
        """
        book = await self._stock.open(tx, wish.city_id)
        _require_sold_out(book, wish)
        now = book.now
        key = email_key(wish.person.email)
        new = await store.insert(tx, _new(wish, now), email_key=key)
        if new is not None:
            await self._outbox.enqueue(tx, [_outgoing(WaitlistJoined(**_facts(new, now)))])
        entry = new or await store.of_address(tx, wish.city_id, wish.tier, key)
        return await _standing(tx, entry)

    async def leave(self, tx: Transaction, entry_id: UUID) -> list[Saved]:
        """Gives a place up, and the seats that were offered; who is no longer in line has left. Raises UnknownEntry."""
        found = await store.get(tx, entry_id)
        if found is None:
            raise UnknownEntry
        now = (await self._stock.open(tx, found.city_id)).now
        entry = await store.get(tx, entry_id)
        if entry is None or not entry.state.in_line:
            return []
        await store.update(tx, [entry.over(EntryState.LEFT)], at=now)
        events: list[WaitlistEvent] = [WaitlistLeft(**_facts(entry, now))]
        saved: list[Saved] = []
        if entry.offer_id is not None:
            events.insert(0, WaitlistOfferEnded(**_facts(entry, now), offer_id=entry.offer_id, cause=OfferEnd.LEFT))
            cause = Cause(actor=OWN, reason=ReleaseCause.ASKED, traceparent=current_traceparent())
            saved = await self._stock.release(tx, entry.offer_id, cause)
        await self._outbox.enqueue(tx, [_outgoing(event) for event in events])
        return saved


async def standing(reader: Reader, entry_id: UUID, token: str) -> Standing:
    """Somebody's place, for whoever has its token. Raises UnknownEntry."""
    entry = await store.get(reader, entry_id)
    if entry is None or not secrets.compare_digest(entry.token.encode(), token.encode()):
        raise UnknownEntry
    return await _standing(reader, entry)


async def listed(
    reader: Reader, filters: WaitlistFilters, *, after: int | None, limit: int
) -> tuple[list[Entry], str | None]:
    """A page by place, and the cursor of the next page, when there is one."""
    return await page_of(
        lambda most: store.page(reader, filters, after=after, limit=most),
        limit=limit,
        cursor=lambda entry: str(entry.place),
    )


async def standings(reader: Reader, entries: Sequence[Entry]) -> list[Standing]:
    """Each entry with how many wait before it."""
    ahead = await store.ahead(reader, [entry.entry_id for entry in entries])
    return [Standing(entry=entry, ahead=ahead[entry.entry_id]) for entry in entries]


async def _standing(reader: Reader, entry: Entry) -> Standing:
    (found,) = await standings(reader, [entry])
    return found


def _require_sold_out(book: Book, wish: JoinRequest) -> None:
    pool = book.city.pools.get(wish.tier)
    if pool is None:
        raise UnknownTier
    if not book.city.shown.sells(wish.tier, book.now):
        raise NotSelling
    if pool.public_limit < wish.quantity:
        raise TooMany(pool.public_limit)
    if pool.remaining >= wish.quantity:
        raise SeatsAreFree(book.city.remaining())


async def _next(tx: Transaction, book: Book, tier: str) -> list[Entry]:
    free = book.city.pools[tier].remaining
    if not free or not book.city.shown.sells(tier, book.now):
        return []
    return next_in_line(await store.waiting(tx, book.city.city_id, tier, at_most=free), free)


def _fates(book: Book) -> dict[UUID | None, tuple[EntryState, OfferEnd]]:
    """What became of the offers that are over, by the change that ended each."""
    over = {offer_id for offer_id in book.offers if not _lasts(book, offer_id)}
    return {
        change.order_id: _EXPIRED if change.kind is ChangeKind.EXPIRED else _BY_REASON[change.cause.reason]
        for change in book.changes
        if change.order_id in over and change.kind in {ChangeKind.RELEASED, ChangeKind.EXPIRED}
    }


def _lasts(book: Book, offer_id: UUID) -> bool:
    return any(hold.state is HoldState.HELD for hold in book.holds.of(offer_id))


def _new(wish: JoinRequest, now: datetime) -> Entry:
    return Entry(
        entry_id=uuid7(),
        city_id=wish.city_id,
        tier=wish.tier,
        quantity=wish.quantity,
        person=wish.person,
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        joined_at=now,
    )


def _facts(entry: Entry, at: datetime) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "city_id": entry.city_id,
        "tier": entry.tier,
        "quantity": entry.quantity,
        "email": entry.person.email,
        "first_name": entry.person.first_name,
        "token": entry.token,
        "language": entry.person.language,
        "occurred_at": at,
    }


def _outgoing(event: WaitlistEvent) -> Outgoing:
    return Outgoing(event=event, traceparent=current_traceparent())
