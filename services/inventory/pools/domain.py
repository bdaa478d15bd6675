"""A city's pools and what orders have of them. Pure: every change gives new values.

What each hold makes anew is a named tuple: a frozen dataclass takes three times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class HoldState(StrEnum):
    """Where an order's hold stands; a tombstone is an order that was released before any hold of it came. A sold one is
    released when all of its seats are moved to another pool.

    ```
            hold          paid
      (none) ──▶ held ───────────▶ sold
        │         │ released, ended  ▲
        │ release ▼                  │ paid after all: free seats, spare, or oversold
        └──▶ tombstone, released ────┘
    ```
    """

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"
    TOMBSTONE = "tombstone"


class Pool(NamedTuple):
    """The seats of one city × tier.

    tier: the catalogue's id of the tier
    public_limit: how many seats the pages offer
    actual_limit: how many seats there really are
    held: seats of orders that are not paid yet
    pending: of the held ones, those whose money is on its way
    delayable: of the held ones, those that may come to wait for their money, the pending ones among them
    sold: paid seats within the actual limit, spare ones included
    spare_sold: paid seats between public and actual limit
    oversold: paid seats that no limit had room for; in no other number
    thresholds: remaining seats that are announced for this pool, when the catalogue names its own
    """

    tier: str
    public_limit: int
    actual_limit: int
    held: int = 0
    pending: int = 0
    delayable: int = 0
    sold: int = 0
    spare_sold: int = 0
    oversold: int = 0
    thresholds: tuple[int, ...] | None = None

    @property
    def actual_available(self) -> int:
        """Below 0 only through `oversold` (I-3)."""
        return self.actual_limit - self.held - self.sold - self.oversold

    @property
    def room(self) -> int:
        """The seats that nobody has yet, whoever they are owed to."""
        return self.actual_limit - self.held - self.sold

    @property
    def public_room(self) -> int:
        """The same, of the public ones; never more than `room`."""
        return min(self.public_limit - self.held - (self.sold - self.spare_sold), self.room)

    @property
    def public_available(self) -> int:
        """What a buyer can have; a freed seat doesn't go on sale while somebody who paid has none."""
        return min(self.public_limit - self.held - (self.sold - self.spare_sold), self.actual_available)

    @property
    def remaining(self) -> int:
        """The public seats left, as people are told: never below 0."""
        return max(0, self.public_available)

    @property
    def unsold(self) -> int:
        """The public seats that are neither paid nor about to be: levels go by these, for an unpaid hold is no sale."""
        public = self.public_limit - (self.sold - self.spare_sold) - self.pending
        return max(0, min(public, self.actual_limit - self.sold - self.pending - self.oversold))

    def keeping(self, hold: Hold) -> Pool:
        """The pool while the money for what the hold holds of it is on its way."""
        more = 0 if hold.delayable else hold.quantity
        return self._replace(pending=self.pending + hold.quantity, delayable=self.delayable + more)

    def without(self, hold: Hold) -> Pool:
        """The pool without the seats that the hold holds of it."""
        pending = hold.quantity if hold.pending else 0
        delayable = hold.quantity if hold.delayable else 0
        return self._replace(
            held=self.held - hold.quantity, pending=self.pending - pending, delayable=self.delayable - delayable
        )

    def counts(self) -> dict[str, int]:
        """What the ledger and comparisons look at."""
        return {
            "publicLimit": self.public_limit,
            "actualLimit": self.actual_limit,
            "held": self.held,
            "sold": self.sold,
            "spareSold": self.spare_sold,
            "oversold": self.oversold,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where and when a city is offered, as the catalogue says.

    catalogue_version: the version of the catalogue's entry that says so
    listed: whether the pages show the city
    withdrawn: whether it is no longer offered at all
    withdrawn_tiers: the kinds of seats that are no longer offered
    on_sale_from, on_sale_until: when seats can be bought
    name: what people call the city
    time_zone: the zone of its clocks, as IANA names it
    starts: when the workshop begins; None until the catalogue has said so here
    """

    catalogue_version: int
    listed: bool
    withdrawn: bool
    on_sale_from: datetime
    on_sale_until: datetime
    withdrawn_tiers: frozenset[str] = frozenset()
    name: str = ""
    time_zone: str = "UTC"
    starts: datetime | None = None

    def sells(self, tier: str, now: datetime) -> bool:
        """Whether seats of a tier can be bought."""
        offered = not self.withdrawn and tier not in self.withdrawn_tiers
        return offered and self.on_sale_from <= now < self.on_sale_until


class City(NamedTuple):
    """The stock of a city.

    city_id: the catalogue's id of the city
    version: grows by one with each change of its stock (E-11)
    pools: tier id → the seats of that tier
    shown: where and when the city is offered
    in_line: how many wait for seats, or have an offer
    """

    city_id: str
    version: int
    pools: Mapping[str, Pool]
    shown: Shown
    in_line: int = 0

    def remaining(self) -> dict[str, int]:
        """What is left publicly of each tier."""
        return {tier: pool.remaining for tier, pool in self.pools.items()}

    def unsold(self) -> int:
        """The seats of all tiers that are neither paid nor about to be."""
        return sum(pool.unsold for pool in self.pools.values())

    def counts(self) -> dict[str, dict[str, int]]:
        return {tier: pool.counts() for tier, pool in self.pools.items()}

    def changed(self, pool: Pool) -> City:
        """The city after one change."""
        return self._replace(version=self.version + 1, pools={**self.pools, pool.tier: pool})


class Hold(NamedTuple):
    """What an order has of one pool.

    order_id: the order
    part: counts an order's holds from 1; a tombstone is the first
    state: where it stands
    city_id, tier: the pool; None for a tombstone
    quantity: how many seats
    hard_until: when it ends by itself; None while a payment is pending, and when nothing is held
    delayable: whether its payment page may offer methods whose money comes later
    order_version: the newest of the order's events that is applied here (E-6)
    """

    order_id: UUID
    state: HoldState
    part: int = 1
    city_id: str | None = None
    tier: str | None = None
    quantity: int = 0
    hard_until: datetime | None = None
    delayable: bool = False
    order_version: int = 0

    @property
    def pending(self) -> bool:
        """Whether the money for its seats is on its way."""
        return self.state is HoldState.HELD and self.hard_until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """A request for seats of one pool, all or nothing.

    order_id: the order that is being paid
    city_id, tier: the pool
    quantity: how many seats
    duration: how long they are kept
    offer_id: the offer of the waiting list that is taken with it
    """

    order_id: UUID
    city_id: str
    tier: str
    quantity: int
    duration: timedelta
    offer_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """An order's event, as far as the stock of one city is concerned.

    order_id: the order
    version: decides what is newer (E-6)
    seats: tier → the numbers of the order's seats in this city
    """

    order_id: UUID
    version: int
    seats: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who changes the stock, and why.

    actor: the service or the person
    reason: a code, such as checkout_started, or a person's own words
    event_id: the event that says so; None when a caller does
    traceparent: the trace of the request or event
    """

    actor: str
    reason: str
    event_id: UUID | None = None
    traceparent: str | None = None


class ChangeKind(StrEnum):
    """What happened to a pool."""

    OPENED = "opened"
    HELD = "held"
    KEPT = "kept"
    RELEASED = "released"
    EXPIRED = "expired"
    SOLD = "sold"
    OVERSOLD = "oversold"
    SETTLED = "settled"
    RETURNED = "returned"
    EXPANDED = "expanded"
    SHRUNK = "shrunk"
    RESET = "reset"
    CORRECTED = "corrected"


class Change(NamedTuple):
    """One change of one pool.

    kind: what happened
    tier: the pool, in the city of `before` and `after`
    quantity: how many seats it happened to
    order_id: the order for which it happened; None for what happens to a pool as such
    before, after: the whole city around it
    cause: who changed it, and why
    from_spare: how many of the seats lie between public and actual limit (I-3)
    still_oversold: how many seats of the order in this pool have no room afterwards
    """

    kind: ChangeKind
    tier: str
    quantity: int
    order_id: UUID | None
    before: City
    after: City
    cause: Cause
    from_spare: int = 0
    still_oversold: int = 0

    @property
    def resolved(self) -> int:
        """How many oversold seats of an order it settles."""
        before = self.before.pools.get(self.tier)
        if before is None or self.order_id is None:
            return 0
        return max(0, before.oversold - self.after.pools[self.tier].oversold)
