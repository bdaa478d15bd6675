"""What is known about an installation: rows of its databases, and what its vendors say.

Whoever asks gathers it as it can: a test from the databases, a running system from its services' digests. Money in
minor units. Ids are text, as they travel, and so are channels: a word that is new to whoever judges is judged, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """An order for which money came, whatever became of it later.

    seats: how many it has
    codes: its tickets as checkout signed them
    """

    order_id: str
    number: str
    seats: int
    amount: int
    refunded: int
    email: str
    codes: tuple[str, ...]
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money that came for an order, as the processor or as checkout has it."""

    payment_intent: str
    order_id: str
    amount: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A ticket in inventory. `place`: public, spare, oversold or returned."""

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
    spare_sold: int = 0
    oversold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One tier of a city."""

    city_id: str
    tier: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSum:
    """What the holds and seats of a pool add up to, where they themselves stay behind: seats held, seats by place."""

    city_id: str
    tier: str
    held: int = 0
    public: int = 0
    spare: int = 0
    oversold: int = 0


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

    channel: str
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
    """Paid orders, added up."""

    orders: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A row of the monitor. `key`: what PagerDuty calls it; alerts of one fingerprint share it."""

    alert_id: str
    fingerprint: str
    key: str
    version: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """One version of an alert, as an event of the monitor told it, or as the notifier heard it."""

    alert_id: str
    version: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Somebody whom the routing names for an alert: a number, an address, a room, a severity of the pager."""

    alert_id: str
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the notifier. `first`: it tells that the alert is there, not what became of it."""

    delivery_id: str
    alert_id: str | None
    first: bool
    channel: str
    recipient: str
    state: str
    reason: str | None
    provider_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that a vendor has, by the vendor's own id."""

    channel: str
    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An incident of the pager."""

    key: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One look at everything, or the part of it that somebody knows. `owners`: the numbers that get an SMS of each
    sale; `told` and `heard`: the steps of alerts in the monitor's events, and in the notifier's memory; `addresses`:
    whom the routing names. `paid` and `counted`: paid orders of one period, in checkout and in the monitor's figures.

    A pool is told by its holds and seats, by their `sums`, or by some of each. The ledger is there from its first entry
    on, or begins somewhere (`ledger_begins` False): then the first `before` of each pool is taken as given.
    """

    orders: tuple[PaidOrder, ...] = ()
    recorded: tuple[Charge, ...] = ()
    processed: tuple[Charge, ...] = ()
    seats: tuple[Seat, ...] = ()
    holds: tuple[Hold, ...] = ()
    pools: tuple[Pool, ...] = ()
    sums: tuple[PoolSum, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    ledger_begins: bool = True
    messages: tuple[Message, ...] = ()
    owners: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    paid: Figure = Figure(orders=0, amount=0)
    counted: Figure = Figure(orders=0, amount=0)
    alerts: tuple[Alert, ...] = ()
    told: tuple[AlertStep, ...] = ()
    heard: tuple[AlertStep, ...] = ()
    addresses: tuple[Address, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    taken: tuple[Taken, ...] = ()
    pages: tuple[Page, ...] = ()
