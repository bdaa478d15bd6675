"""What is known about an installation: rows of its databases, and what its vendors say.

Whoever asks gathers it as it can: a test from the databases, a running system from its services' digests. Money in
minor units. Ids are text, as they travel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message reached a person."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """An order for which money came, whatever became of it later. `codes`: its tickets as checkout signed them."""

    order_id: str
    number: str
    city_id: str
    tier: str
    quantity: int
    amount: int
    refunded: int
    email: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money that came for an order, as the processor or as checkout has it."""

    payment_intent: str
    order_id: str
    amount: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A ticket in inventory. `place`: public, room, oversold or returned."""

    order_id: str
    city_id: str
    tier: str
    code: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What an order has of the stock: held, sold or released."""

    order_id: str
    city_id: str
    tier: str
    quantity: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of a pool, in the pool itself and on both sides of a ledger entry."""

    public_limit: int = 0
    actual_limit: int = 0
    held: int = 0
    sold: int = 0
    room_sold: int = 0
    oversold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One tier of a city."""

    city_id: str
    tier: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One change of a pool, in the order in which they were written."""

    city_id: str
    tier: str
    operation: str
    order_id: str | None
    event_id: str | None
    before: Counts
    after: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a vendor has handed over. `number`: that of the order it speaks of."""

    channel: Channel
    recipient: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What should not be there any more: `what` is a phrase such as “rows in the outbox”."""

    service: str
    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the monitor has counted of paid orders."""

    orders: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One look at everything. `owners`: the numbers that get an SMS of each sale."""

    orders: tuple[PaidOrder, ...] = ()
    recorded: tuple[Charge, ...] = ()
    processed: tuple[Charge, ...] = ()
    seats: tuple[Seat, ...] = ()
    holds: tuple[Hold, ...] = ()
    pools: tuple[Pool, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    messages: tuple[Message, ...] = ()
    owners: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    counted: Figure = Figure(orders=0, amount=0)
