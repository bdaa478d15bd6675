"""What people do to limits: each deed is a change of the stock with its ledger row, its event and its audit (I-8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Final, Protocol
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Transaction
from chassis.errors import Retry
from chassis.telemetry import current_traceparent
from events import StockEvent
from inventory.limits import store
from inventory.limits.domain import (
    LimitAction,
    Limits,
    Resized,
    Resizing,
    begun_again,
    expanded,
    pool_of,
    require_amount,
    require_authorized,
    shrunk,
    told,
)
from inventory.limits.errors import SeatsTaken
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind, Pool
from inventory.pools.errors import UnknownCity
from inventory.pools.outcomes import Saved
from inventory.pools.service import Stock

# Who changed limits before a restore, the event doesn't say; the audit of the lost database did.
RESTORED: Final = "restored"


class Rule(Protocol):
    """What becomes of a pool's limits."""

    def __call__(self, pool: Pool, spots: int, *, public: bool) -> Pool: ...


class LimitService:
    """Changes limits. Each use case takes the transaction, and says what the city is afterwards."""

    def __init__(self, stock: Stock, *, domains: Collection[str]) -> None:
        """`domains`: those whose people may open seats."""
        self._stock = stock
        self._domains = domains

    def require_authorized(self, authorized_by: str, *, caller: str) -> None:
        """Raises InvalidAuthorization."""
        require_authorized(authorized_by, caller=caller, domains=self._domains)

    async def expand(
        self, tx: Transaction, asked: Resizing, *, authorized_by: str, actor: Actor
    ) -> tuple[Saved, Resized]:
        """Opens seats. Raises InvalidAuthorization, InvalidExpansionAmount, InvalidTicketTier or UnknownCity."""
        self.require_authorized(authorized_by, caller=actor.name)
        require_amount(asked.spots)
        return await self._resize(tx, asked, (LimitAction.EXPANDED, ChangeKind.EXPANDED, expanded), actor)

    async def shrink(self, tx: Transaction, asked: Resizing, *, actor: Actor) -> tuple[Saved, Resized]:
        """Takes free seats away. Raises SeatsTaken, InvalidTicketTier or UnknownCity."""
        return await self._resize(tx, asked, (LimitAction.SHRUNK, ChangeKind.SHRUNK, shrunk), actor)

    async def reset(
        self, tx: Transaction, city_id: str, *, tier: str | None, reason: str, actor: Actor
    ) -> tuple[Saved, list[Resized]]:
        """Sets limits back to those with which the catalogue begins; what has them already is not changed.

        Raises SeatsTaken, InvalidTicketTier or UnknownCity.
        """
        book = await self._stock.open(tx, city_id)
        starting = await store.starting_limits(tx, city_id)
        done = []
        for name in sorted(book.city.pools) if tier is None else [tier]:
            pool = pool_of(book.city, name)
            after = begun_again(pool, starting[name])
            done.append(Resized(tier=name, before=Limits.of(pool), after=Limits.of(after)))
            if after != pool:
                spots = abs(after.actual_limit - pool.actual_limit)
                book.change(ChangeKind.RESET, after, spots, None, _cause(actor, reason))
        changes = [_told(city_id, each) for each in done]
        await audit.record_each(tx, LimitAction.RESET, changes, actor=actor, reason=reason)
        return await self._stock.save(tx, book), done

    async def follow(self, tx: Transaction, event: StockEvent, event_id: UUID) -> Saved | None:
        """Takes limits from an event of before the restore; None for old news, and for what this database said itself.

        Raises `Retry` while the limits don't fit: refunds and cities that they build on may not be read yet.
        """
        try:
            book = await self._stock.open(tx, event.city_id)
        except UnknownCity:
            raise Retry(f"the city {event.city_id} is not known here yet") from None
        if not await store.take_news(tx, event.city_id, stock_version=event.stock_version):
            return None
        cause = Cause(actor=RESTORED, reason="restored", event_id=event_id, traceparent=current_traceparent())
        for tier, level in sorted(event.pools.items()):
            _take(book, tier, Limits(public=level.public_limit, actual=level.actual_limit), cause)
        return await self._stock.save(tx, book)

    async def _resize(
        self, tx: Transaction, asked: Resizing, way: tuple[LimitAction, ChangeKind, Rule], actor: Actor
    ) -> tuple[Saved, Resized]:
        action, kind, rule = way
        book = await self._stock.open(tx, asked.city_id)
        pool = pool_of(book.city, asked.tier)
        after = rule(pool, asked.spots, public=asked.public)
        book.change(kind, after, asked.spots, None, _cause(actor, asked.reason))
        done = Resized(tier=asked.tier, before=Limits.of(pool), after=Limits.of(after))
        await audit.record_each(tx, action, [_told(asked.city_id, done)], actor=actor, reason=asked.reason)
        return await self._stock.save(tx, book), done


def _take(book: Book, tier: str, limits: Limits, cause: Cause) -> None:
    pool = book.city.pools.get(tier)
    if pool is None:
        raise Retry(f"city {book.city.city_id} has no tier {tier} yet")
    try:
        after = told(pool, limits)
    except SeatsTaken as taken:
        raise Retry(taken.detail) from None
    spots = after.actual_limit - pool.actual_limit
    if after != pool:
        grows = (spots, after.public_limit) > (0, pool.public_limit)
        book.change(ChangeKind.EXPANDED if grows else ChangeKind.SHRUNK, after, abs(spots), None, cause)


def _cause(actor: Actor, reason: str) -> Cause:
    return Cause(actor=actor.name, reason=reason, traceparent=current_traceparent())


def _told(city_id: str, done: Resized) -> audit.Change:
    return audit.Change(
        target=audit.target("pool", f"{city_id}/{done.tier}"), before=asdict(done.before), after=asdict(done.after)
    )
