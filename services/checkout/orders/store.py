"""All SQL on orders and their history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.emails import email_key
from checkout.orders.correction_store import holder_of_row
from checkout.orders.domain import Cause, HistoryEntry, Order
from events import (
    Attribution,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderSeat,
    OrderSource,
    OrderState,
    TicketCode,
)

_PLAIN = [
    "number",
    "version",
    "amount",
    "discount_total",
    "currency",
    "member",
    "member_verified",
    "discount_code",
    "business_type",
    "processor",
    "payment_method",
    "country",
    "region",
    "visitor_id",
    "live_mode",
    "refunded_amount",
    "placed_at",
    "promised_until",
    "hard_until",
    "paid_at",
    "link_issue",
]

# A new order and its history in one statement; nothing when the short number is taken, so that another can be drawn.
_INSERT = """
WITH placed AS (
    INSERT INTO orders (
        order_id, number, version, state, city_ids, lines, processor, amount, discount_total, currency, first_name,
        last_name, email, email_key, phone, customer_kind, member, member_verified, discount_code, business_type,
        visitor_id, attribution, source, live_mode, seats, placed_at, promised_until, hard_until, language
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $24, $25, $26, $27, $28, $31)
    ON CONFLICT (number) DO NOTHING
    RETURNING order_id, version, state, placed_at
)
INSERT INTO order_history (order_id, version, state_to, who, why, at)
SELECT order_id, version, state, $29, $30, placed_at FROM placed
RETURNING order_id
"""

# The order's row is locked by whoever changes it (`get_locked`), so the version can't have moved meanwhile.
_UPDATE = """
WITH moved AS (
    UPDATE orders
    SET version = $2, state = $3, state_before = $4, seats = $5, tickets = $6, payment_method = $7, country = $8,
        region = $9, refunded_amount = $10, paid_at = $11, processor = $17
    WHERE order_id = $1
    RETURNING order_id
)
INSERT INTO order_history (order_id, version, state_from, state_to, who, why, event_id, at)
SELECT order_id, $2, $12, $3, $13, $14, $15, $16 FROM moved
"""

_REFUSED = """
INSERT INTO order_history (order_id, version, state_from, state_to, refused, who, why, event_id, at)
VALUES ($1, $2, $3, $4, true, $5, $6, $7, $8)
"""

_HISTORY = """
SELECT version, state_from, state_to, refused, who, why, event_id, at
FROM order_history WHERE order_id = $1 ORDER BY id
"""

_EARLIER = """
SELECT count(*) AS orders, count(*) FILTER (WHERE member) AS member_orders
FROM orders WHERE email_key = $1 AND state = ANY ($2)
"""

COLUMNS = ", ".join(
    [
        *_PLAIN, "holders", "order_id", "state", "state_before", "attribution", "source", "lines", "seats", "tickets",
        "first_name", "last_name", "email", "phone", "customer_kind", "language",
    ]
)  # fmt: skip
_GET = f"SELECT {COLUMNS} FROM orders WHERE order_id = $1"  # noqa: S608


async def insert(tx: Transaction, order: Order, cause: Cause) -> bool:
    """Stores a new order; False when its short number is taken."""
    customer = order.customer
    inserted = await tx.fetchval(
        _INSERT,
        order.order_id,
        order.number,
        order.version,
        order.state.value,
        list(order.city_ids),
        [line.model_dump(mode="json") for line in order.lines],
        order.processor,
        order.amount,
        order.discount_total,
        order.currency,
        customer.first_name,
        customer.last_name,
        customer.email,
        email_key(customer.email),
        customer.phone,
        customer.kind,
        order.member,
        order.member_verified,
        order.discount_code,
        order.business_type,
        order.visitor_id,
        order.attribution.model_dump(mode="json") if order.attribution else None,
        order.source.value,
        order.live_mode,
        [seat.model_dump(mode="json") for seat in order.seats],
        order.placed_at,
        order.promised_until,
        order.hard_until,
        cause.who,
        cause.why,
        customer.language,
    )
    return inserted is not None


async def get(reader: Reader, order_id: UUID) -> Order | None:
    """The order as it stands, without locking it."""
    row = await reader.fetchrow(_GET, order_id)
    return order_of(row) if row else None


async def link_issue(reader: Reader, order_id: UUID) -> int | None:
    """Of which issue the link to an order's page is; None for an order that is not known."""
    found: int | None = await reader.fetchval("SELECT link_issue FROM orders WHERE order_id = $1", order_id)
    return found


async def states_of(reader: Reader, order_ids: Collection[UUID]) -> list[OrderState]:
    """Where these orders stand, in no order."""
    rows = await reader.fetch("SELECT state FROM orders WHERE order_id = ANY ($1)", list(order_ids))
    return [OrderState(row["state"]) for row in rows]


async def those_known(reader: Reader, order_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these orders there are."""
    rows = await reader.fetch("SELECT order_id FROM orders WHERE order_id = ANY ($1)", list(order_ids))
    return frozenset(row["order_id"] for row in rows)


async def get_locked(tx: Transaction, order_id: UUID) -> Order | None:
    """The order, its row locked until the end of the transaction.

    Whoever changes an order does this first: what is told of it then stands in the outbox in the order of its versions.
    """
    row = await tx.fetchrow(f"{_GET} FOR UPDATE", order_id)
    return order_of(row) if row else None


async def update(tx: Transaction, order: Order, *, previous: OrderState, cause: Cause, at: datetime) -> None:
    """Stores a changed order, and the change in its history."""
    await tx.execute(
        _UPDATE,
        order.order_id,
        order.version,
        order.state.value,
        order.state_before.value if order.state_before else None,
        [seat.model_dump(mode="json") for seat in order.seats],
        [ticket.model_dump(mode="json") for ticket in order.tickets],
        order.payment_method,
        order.country,
        order.region,
        order.refunded_amount,
        order.paid_at,
        previous.value,
        cause.who,
        cause.why,
        cause.event_id,
        at,
        order.processor,
    )


async def record_refusal(tx: Transaction, order: Order, target: OrderState, *, cause: Cause, at: datetime) -> None:
    """An illegal change leaves its trace (C-5)."""
    await tx.execute(
        _REFUSED,
        order.order_id,
        order.version,
        order.state.value,
        target.value,
        cause.who,
        cause.why,
        cause.event_id,
        at,
    )


async def history(reader: Reader, order_id: UUID) -> list[HistoryEntry]:
    """What happened to an order, oldest first."""
    return [_entry(row) for row in await reader.fetch(_HISTORY, order_id)]


async def last_change(reader: Reader) -> datetime | None:
    """When the youngest change was that the database has; None when it has no order."""
    found: datetime | None = await reader.fetchval("SELECT max(at) FROM order_history")
    return found


async def earlier_orders(reader: Reader, email: str, states: Sequence[OrderState]) -> tuple[int, int]:
    """How many orders in these states an email has, and how many of them as a member."""
    row = await reader.fetchrow(_EARLIER, email_key(email), [state.value for state in states])
    return (int(row["orders"]), int(row["member_orders"])) if row else (0, 0)


async def note_method(tx: Transaction, order_id: UUID, method: str) -> None:
    """Keeps how the buyer pays, the first time that it is told."""
    await tx.execute(
        "UPDATE orders SET payment_method = $2 WHERE order_id = $1 AND payment_method IS NULL", order_id, method
    )


def order_of(row: Row) -> Order:
    """The order of a row of `COLUMNS`."""
    return Order(
        order_id=OrderId(row["order_id"]),
        state=OrderState(row["state"]),
        state_before=OrderState(row["state_before"]) if row["state_before"] else None,
        customer=_customer(row),
        attribution=Attribution.model_validate(row["attribution"]) if row["attribution"] else None,
        source=OrderSource(row["source"]),
        lines=tuple(OrderLine.model_validate(line) for line in row["lines"]),
        seats=tuple(OrderSeat.model_validate(seat) for seat in row["seats"]),
        holders=tuple(holder_of_row(each) for each in row["holders"]),
        tickets=tuple(TicketCode.model_validate(ticket) for ticket in row["tickets"]),
        **{name: row[name] for name in _PLAIN},
    )


def _customer(row: Row) -> OrderCustomer:
    return OrderCustomer(
        first_name=row["first_name"],
        last_name=row["last_name"],
        email=row["email"],
        phone=row["phone"],
        kind=row["customer_kind"],
        language=row["language"],
    )


def _entry(row: Row) -> HistoryEntry:
    return HistoryEntry(
        version=row["version"],
        state_from=row["state_from"],
        state_to=row["state_to"],
        refused=row["refused"],
        cause=Cause(who=row["who"], why=row["why"], event_id=row["event_id"]),
        at=row["at"],
    )
