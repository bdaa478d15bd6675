"""What pools should be, and where they are something else (I-7). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from invariants import Counts, Evidence, LedgerEntry, PoolSum
from inventory.pools.domain import Pool
from inventory.recount.errors import ContradictsTickets, NoRoom

# An order that was paid a moment ago may have no tickets yet.
SETTLING: Final = timedelta(seconds=30)
# Before anything was ever sold.
BEGINNING: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_NAMES: Final[Mapping[str, str]] = {
    "public_limit": "publicLimit",
    "actual_limit": "actualLimit",
    "held": "held",
    "sold": "sold",
    "spare_sold": "spareSold",
    "oversold": "oversold",
}
Where = tuple[str, str]


class RecountAction(StrEnum):
    """What a person does about pools that are wrong, as the audit names it."""

    CORRECTED = "inventory_corrected"


class Source(StrEnum):
    """What a pool is compared with."""

    LEDGER = "ledger"
    HOLDS = "holds"
    TICKETS = "tickets"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on, before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A number that should be another one.

    city_id, tier: the pool
    source: what says so
    what: which number, such as `sold`
    expected: what it should be
    actual: what it is
    """

    city_id: str
    tier: str
    source: Source
    what: str
    expected: int
    actual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a recount found.

    at: when
    pools: how many were counted
    mismatches: what is wrong
    unjudged: what the pools could not be compared with, and why
    """

    at: datetime
    pools: int
    mismatches: Sequence[Mismatch]
    unjudged: Mapping[Source, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A pool that was wrong.

    tier: the pool, in its city
    before: its counts
    after: its counts since then
    """

    tier: str
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """What a pool has by its own rows.

    held, pending, delayable: the seats of its holds, as in `Pool`
    public, spare, oversold: the seats of its tickets, by place
    ledger: the counts with which its ledger ends, by their names there; the limits are only there
    """

    held: int
    pending: int
    delayable: int
    public: int
    spare: int
    oversold: int
    ledger: Mapping[str, int]

    @property
    def sold(self) -> int:
        return self.public + self.spare


def within(part: Evidence) -> Iterator[Mismatch]:
    """Where pools differ from their ledger, their holds and their tickets, by one snapshot of all of them."""
    entries: dict[Where, list[LedgerEntry]] = defaultdict(list)
    for entry in part.ledger:
        entries[entry.city_id, entry.tier].append(entry)
    sums = {(each.city_id, each.tier): each for each in part.sums}
    for pool in part.pools:
        where = (pool.city_id, pool.tier)
        chain = [*(entry.before for entry in entries[where][1:]), pool.counts]
        for entry, following in zip(entries[where], chain, strict=True):
            yield from _differing(where, Source.LEDGER, entry.after, following)
        yield from _against_rows(where, pool.counts, sums.get(where, PoolSum(city_id=where[0], tier=where[1])))


def between(paid: Mapping[Where, int], issued: Mapping[Where, int]) -> Iterator[Mismatch]:
    """Where another number of tickets is issued than checkout's orders have paid for."""
    for where in sorted(paid.keys() | issued.keys()):
        expected, actual = paid.get(where, 0), issued.get(where, 0)
        if expected != actual:
            yield _mismatch(where, Source.ORDERS, "tickets", expected, actual)


def corrected(pool: Pool, rows: Recounted, *, stated: int | None) -> Pool:
    """The pool as its rows say; the limits are the ledger's. Raises ContradictsTickets or NoRoom."""
    if stated is not None and stated != rows.sold:
        raise ContradictsTickets(f"{pool.tier}: {rows.sold} seats have a ticket, so {stated} can't be sold.")
    public, actual = rows.ledger["publicLimit"], rows.ledger["actualLimit"]
    if rows.held + rows.sold > actual or rows.held + rows.public > public:
        raise NoRoom(
            f"{pool.tier}: {rows.sold} seats are sold and {rows.held} held; the limits are {actual} and publicly"
            f" {public}."
        )
    return pool._replace(
        public_limit=public,
        actual_limit=actual,
        held=rows.held,
        pending=rows.pending,
        delayable=rows.delayable,
        sold=rows.sold,
        spare_sold=rows.spare,
        oversold=rows.oversold,
    )


def as_in_ledger(pool: Pool, ledger: Mapping[str, int]) -> Pool:
    """The pool as its ledger ends, so that the correction follows it."""
    return pool._replace(
        public_limit=ledger["publicLimit"],
        actual_limit=ledger["actualLimit"],
        held=ledger["held"],
        sold=ledger["sold"],
        spare_sold=ledger["spareSold"],
        oversold=ledger["oversold"],
    )


def distance(before: Pool, after: Pool) -> int:
    """By how many seats a correction moves the pool's numbers."""
    return sum(abs(value - before.counts()[name]) for name, value in after.counts().items())


def _against_rows(where: Where, counts: Counts, rows: PoolSum) -> Iterator[Mismatch]:
    told: Iterable[tuple[Source, str, int, int]] = (
        (Source.HOLDS, "held", rows.held, counts.held),
        (Source.TICKETS, "sold", rows.public + rows.spare, counts.sold),
        (Source.TICKETS, "spareSold", rows.spare, counts.spare_sold),
        (Source.TICKETS, "oversold", rows.oversold, counts.oversold),
    )
    for source, what, expected, actual in told:
        if expected != actual:
            yield _mismatch(where, source, what, expected, actual)


def _differing(where: Where, source: Source, expected: Counts, actual: Counts) -> Iterator[Mismatch]:
    for name, what in _NAMES.items():
        should, does = getattr(expected, name), getattr(actual, name)
        if should != does:
            yield _mismatch(where, source, what, should, does)


def _mismatch(where: Where, source: Source, what: str, expected: int, actual: int) -> Mismatch:
    return Mismatch(city_id=where[0], tier=where[1], source=source, what=what, expected=expected, actual=actual)
