"""Evidence: what is known about an installation, from its databases and its vendors.

A test gathers it from the databases, a running system from its services' digests. Money is in minor units. Ids and
channels are text, as they are on the wire, so that a channel unknown to this release is judged, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOrder:
    """An order for which money was received, whatever became of it later.

    order_id, number: the order
    seats: how many it has
    amount: what was paid
    refunded: what was given back
    email: the buyer's address, or its fingerprint
    codes: its tickets as checkout signed them
    paid_at: when the money was received
    passes: how many passes were bought with it
    granted: how many of them there are
    """

    order_id: str
    number: str
    seats: int
    amount: int
    refunded: int
    email: str
    codes: tuple[str, ...]
    paid_at: datetime | None = None
    passes: int = 0
    granted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money that was received for an order, as the processor or as checkout knows it.

    payment_intent: the processor's id
    order_id: the order
    amount: what was taken
    refunded: what was given back
    """

    payment_intent: str
    order_id: str
    amount: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A ticket in inventory.

    order_id: the order
    city_id, tier: the pool
    code: its ticket code, or the code's fingerprint
    place: public, spare, oversold or returned
    """

    order_id: str
    city_id: str
    tier: str
    code: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What an order has of a pool.

    order_id: the order
    city_id, tier: the pool
    quantity: how many seats
    state: held, sold or released
    """

    order_id: str
    city_id: str
    tier: str
    quantity: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The numbers of a pool, in the pool itself and before and after a ledger entry.

    public_limit, actual_limit: the pool's limits
    held: seats held for orders
    sold: seats sold
    spare_sold: how many of these lie between public and actual limit
    oversold: paid seats that no limit has room for
    """

    public_limit: int = 0
    actual_limit: int = 0
    held: int = 0
    sold: int = 0
    spare_sold: int = 0
    oversold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One tier of a city, with its numbers."""

    city_id: str
    tier: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSum:
    """The sums of a pool's holds and seats, for evidence that leaves out the rows themselves.

    city_id, tier: the pool
    held: seats held
    public, spare, oversold: seats sold, by place
    """

    city_id: str
    tier: str
    held: int = 0
    public: int = 0
    spare: int = 0
    oversold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidSeats:
    """How many seats of a pool were paid for, whatever became of them later.

    city_id, tier: the pool
    seats: how many
    """

    city_id: str
    tier: str
    seats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One change of a pool; entries are in the order in which they were written.

    city_id, tier: the pool
    operation: what was done
    order_id: the order that it was done for, None without one
    event_id: the event that caused it, None without one
    before, after: the pool's numbers
    """

    city_id: str
    tier: str
    operation: str
    order_id: str | None
    event_id: str | None
    before: Counts
    after: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that a vendor has handed over.

    channel: the way
    recipient: whom it went to
    number: the order's number in it
    """

    channel: str
    recipient: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Rows that should not be there any more.

    service: whose they are
    what: a phrase such as “rows in the outbox”
    count: how many
    """

    service: str
    what: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Sums over paid orders.

    orders: how many
    amount: what was paid
    """

    orders: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert in the monitor's database.

    alert_id: the alert
    fingerprint: its rule with labels
    key: its key at PagerDuty; alerts of one fingerprint share it
    version: grows with each change
    status: where it stands
    """

    alert_id: str
    fingerprint: str
    key: str
    version: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """One version of an alert, as the monitor's event told it or as the notifier received it."""

    alert_id: str
    version: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A recipient whom the routing names for an alert.

    alert_id: the alert
    channel: the way
    recipient: a number, an address, a Slack channel, or PagerDuty's severity
    """

    alert_id: str
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery in the notifier's database.

    delivery_id: the delivery
    alert_id: the alert that it is about, None for another matter
    first: whether it tells that the alert was raised, and not what became of it
    channel, recipient: whom it goes to
    state: where it stands
    reason: why, as a sentence
    provider_id: the vendor's id of the message
    """

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
    """A message that a vendor has taken.

    channel: the way
    provider_id: the vendor's id
    """

    channel: str
    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An incident at PagerDuty.

    key: the alert's key
    open: whether it is open
    """

    key: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known at one moment, or the part of it that one service knows.

    A pool's holds and seats are given as rows, by their `sums`, or partly as each.

    orders: paid orders, as checkout knows them
    recorded, processed: charges, as checkout and as the processor know them
    seats, holds, pools, sums: the stock
    ledger: the changes of pools
    ledger_begins: whether the ledger is given from its first entry on; otherwise each pool's first `before` is taken as
        right
    messages: what vendors have handed over
    owners: the numbers that get an SMS of each sale
    waiting: rows that should not be there any more
    paid_seats: the seats of orders that were paid in one period, by pool
    paid, counted: paid orders of one period, in checkout and in the monitor's figures
    alerts: the monitor's alerts
    told, heard: the steps of alerts, in the monitor's events and at the notifier
    addresses: whom the routing names for alerts
    deliveries: the notifier's deliveries
    taken, pages: messages and incidents that vendors have
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
    paid_seats: tuple[PaidSeats, ...] = ()
    paid: Figure = Figure(orders=0, amount=0)
    counted: Figure = Figure(orders=0, amount=0)
    alerts: tuple[Alert, ...] = ()
    told: tuple[AlertStep, ...] = ()
    heard: tuple[AlertStep, ...] = ()
    addresses: tuple[Address, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    taken: tuple[Taken, ...] = ()
    pages: tuple[Page, ...] = ()
