"""Counting pools again, and correcting those that are wrong (I-7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database, Transaction
from chassis.telemetry import current_traceparent
from eventbus.operation.digest_client import DigestClient, NotRead
from eventbus.operation.waiting import OUTBOX
from invariants import Evidence
from inventory.digest.store import stock, stock_of
from inventory.limits.domain import pool_of
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind, Pool
from inventory.pools.errors import UnknownCity
from inventory.pools.outcomes import Saved
from inventory.pools.service import Stock
from inventory.recount import store
from inventory.recount.domain import (
    BEGINNING,
    SETTLING,
    Audit,
    Corrected,
    Mismatch,
    Period,
    RecountAction,
    Recounted,
    Source,
    as_in_ledger,
    between,
    corrected,
    distance,
    within,
)

# Clocks of two services differ.
_AHEAD: Final = timedelta(days=1)


class Recount:
    """Compares pools with everything that says what they should be. `checkout`: None while its address is not set."""

    def __init__(self, stock: Stock, *, database: Database, checkout: DigestClient | None) -> None:
        self._stock = stock
        self._database = database
        self._checkout = checkout

    async def audit(self, *, city_id: str | None = None) -> Audit:
        """Counts all pools, or those of a city, and changes nothing. Raises UnknownCity."""
        at = await store.now(self._database)
        found: list[Mismatch] = []
        pools = 0
        async for part in self._parts(city_id):
            pools += len(part.pools)
            found += within(part)
        if city_id is not None and not pools:
            raise UnknownCity
        unjudged = {}
        try:
            found += await self._with_orders(at, city_id)
        except NotRead as reason:
            unjudged[Source.ORDERS] = str(reason)
        return Audit(at=at, pools=pools, mismatches=found, unjudged=unjudged)

    async def fix(
        self,
        tx: Transaction,
        city_id: str,
        *,
        tier: str | None,
        sold: Mapping[str, int],
        reason: str,
        actor: Actor,
    ) -> tuple[Saved, list[Corrected]]:
        """Makes pools what their holds, tickets and ledger say; `sold` is what somebody believes of them, by tier.

        Raises UnknownCity, InvalidTicketTier, ContradictsTickets or NoRoom.
        """
        book = await self._stock.open(tx, city_id)
        rows = await store.recounted(tx, city_id)
        cause = Cause(actor=actor.name, reason=reason, traceparent=current_traceparent())
        done = []
        for name in [tier] if tier else sorted({*book.city.pools, *sold}):
            pool = pool_of(book.city, name)
            after = corrected(pool, rows[name], stated=sold.get(name))
            if _correct(book, pool, after, rows[name], cause):
                done.append(Corrected(tier=name, before=pool.counts(), after=after.counts()))
        told = [
            audit.Change(target=audit.target("pool", f"{city_id}/{each.tier}"), before=each.before, after=each.after)
            for each in done
        ]
        await audit.record_each(tx, RecountAction.CORRECTED, told, actor=actor, reason=reason)
        return await self._stock.save(tx, book), done

    async def _parts(self, city_id: str | None) -> AsyncIterator[Evidence]:
        """Pools with their newest changes and the sums of their rows, all of one moment."""
        async with self._database.snapshot() as tx:
            if city_id is not None:
                yield await stock_of(tx, [city_id], since=BEGINNING)
                return
            after: str | None = ""
            while after is not None:
                part, after = await stock(tx, since=BEGINNING, after=after)
                yield part

    async def _with_orders(self, at: datetime, city_id: str | None) -> list[Mismatch]:
        """What was paid a moment ago is left out, on both sides. Raises NotRead."""
        if self._checkout is None:
            raise NotRead("its address (CHECKOUT_URL) is not set")
        old, young = Period(since=BEGINNING, until=at - SETTLING), Period(since=at - SETTLING, until=at + _AHEAD)
        standing = await self._checkout.standing(young, settling=SETTLING)
        if any(each.what == OUTBOX for each in standing.waiting):
            raise NotRead("events of its orders wait in its outbox")
        part = await self._checkout.paid_seats(old, city_id=city_id)
        paid = {(each.city_id, each.tier): each.seats for each in part.paid_seats}
        under_way = [UUID(order_id) async for page in self._checkout.touched(young) for order_id in page]
        return list(between(paid, await store.issued(self._database, before=at, without=under_way, city_id=city_id)))


def _correct(book: Book, pool: Pool, after: Pool, rows: Recounted, cause: Cause) -> bool:
    """Writes the correction, behind the end of the pool's ledger; False when nothing was wrong."""
    found = as_in_ledger(pool, rows.ledger)
    if pool == after == found:
        return False
    book.city = book.city._replace(pools={**book.city.pools, pool.tier: found})
    book.change(ChangeKind.CORRECTED, after, distance(pool, after) or distance(found, after), None, cause)
    return True
