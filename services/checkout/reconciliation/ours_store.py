"""All SQL that reads what we have, to be compared with what processors say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row
from chassis.emails import email_key
from checkout.orders.fulfilment import TO_OTHERS
from checkout.payments import store as payments_store
from checkout.payments.domain import Attempt, Session, adopted_order_id
from checkout.reconciliation.comparing import KnownPayment, Ours
from checkout.webhooks.domain import RawWebhook
from events import OrderState

# Of an order that nobody has paid every seat counts: none of them should be sold.
_ORDERS: Final = """
SELECT o.order_id, o.state, o.amount, o.currency, o.live_mode, o.source, o.processor, o.paid_at,
       good.seats, good.pools, good.sold,
       (SELECT count(*) FROM jsonb_array_elements(o.tickets) AS t WHERE t -> 'seat' = ANY (good.numbers)) AS tickets,
       (SELECT count(*) FROM jsonb_array_elements(o.lines) AS l WHERE l ->> 'kind' = 'passes') AS passes,
       (SELECT count(*) FROM passes AS p WHERE p.order_id = o.order_id) AS granted,
       array(SELECT DISTINCT d.state FROM order_deliveries AS d
             WHERE d.order_id = o.order_id AND d.channel = 'email' AND d.kind <> ALL ($2)) AS told,
       (SELECT coalesce(jsonb_object_agg(c.payment_intent, c.refunded), '{}') FROM payment_charges AS c
        WHERE c.order_id = o.order_id) AS charges
FROM orders AS o CROSS JOIN LATERAL (
    SELECT count(*) AS seats, array_agg(s -> 'seat') AS numbers,
           count(DISTINCT (s ->> 'city_id', s ->> 'tier')) AS pools,
           count(DISTINCT (k.city_id, k.tier)) FILTER (WHERE k.order_id IS NOT NULL) AS sold
    FROM jsonb_array_elements(o.seats) AS s
    LEFT JOIN order_stock AS k ON (k.order_id, k.city_id, k.tier) = (o.order_id, s ->> 'city_id', s ->> 'tier')
    WHERE s ->> 'state' = 'sold' OR o.paid_at IS NULL
) AS good
WHERE o.order_id = ANY ($1)
"""
_CHARGED: Final = """
SELECT payment_intent, order_id FROM payment_charges WHERE processor = $1 AND payment_intent = ANY ($2)
"""
_PAYMENTS: Final = """
SELECT c.payment_intent, c.order_id, o.state, c.refunded, EXISTS (
    SELECT FROM refunds AS r WHERE (r.processor, r.payment_intent, r.state) = (c.processor, c.payment_intent, 'due')
) AS under_way, EXISTS (
    SELECT FROM processor_polls AS p WHERE (p.processor, p.subject) = (c.processor, 'lost_webhooks')
) AS others_unknown
FROM payment_charges AS c JOIN orders AS o USING (order_id)
WHERE c.processor = $1 AND c.payment_intent = ANY ($2)
"""
_PAID: Final = """
SELECT paid_at, order_id FROM orders
WHERE paid_at >= $1 AND paid_at <= $2 AND ($3::timestamptz IS NULL OR (paid_at, order_id) > ($3, $4::uuid))
ORDER BY paid_at, order_id LIMIT $5
"""
# Nobody has paid, and inventory has sold them, or there is a pass.
_GIVEN_UNPAID: Final = """
SELECT o.order_id FROM orders AS o
WHERE o.paid_at IS NULL AND o.placed_at >= $1 AND o.placed_at <= $2
  AND (EXISTS (SELECT FROM order_stock WHERE order_stock.order_id = o.order_id)
       OR EXISTS (SELECT FROM passes WHERE passes.order_id = o.order_id))
LIMIT $3
"""
# An open page that has ended, or money that is on its way.
_WAITING: Final = """
SELECT created_at, attempt_id, session_id FROM payment_attempts
WHERE processor = $1 AND connection_id IS NULL AND created_at >= $2 AND created_at <= $3
  AND (state = 'open' AND expires_at < app_now() - $4::interval OR state = 'complete' AND last_error IS NULL)
  AND ($5::timestamptz IS NULL OR (created_at, attempt_id) > ($5, $6::uuid))
ORDER BY created_at, attempt_id LIMIT $7
"""
_STORED: Final = "SELECT event_id, occasion FROM webhook_events WHERE processor = $1 AND occasion = ANY ($2)"

Place = tuple[datetime, UUID]


async def orders(reader: Reader, order_ids: Collection[UUID]) -> Mapping[UUID, Ours]:
    """Those of these orders that there are."""
    rows = await reader.fetch(_ORDERS, list(order_ids), sorted(TO_OTHERS)) if order_ids else []
    return {row["order_id"]: _ours(row) for row in rows}


async def of_sessions(
    reader: Reader, processor: str, sessions: Sequence[Session]
) -> Mapping[str, tuple[Attempt | None, Ours | None]]:
    """The attempt and the order of each session, by its id: found by its payment, its attempt or its metadata."""
    attempts = await payments_store.of_sessions(reader, processor, [each.session_id for each in sessions])
    begun = {attempt.session_id: attempt for attempt in attempts}
    rows = await reader.fetch(_CHARGED, processor, [each.payment_intent for each in sessions if each.payment_intent])
    charged = {row["payment_intent"]: row["order_id"] for row in rows}
    named = {
        each.session_id: charged.get(each.payment_intent)
        or (begun[each.session_id].order_id if each.session_id in begun else None)
        or each.order_id
        or adopted_order_id(each.session_id)
        for each in sessions
    }
    known = await orders(reader, set(named.values()))
    return {session_id: (begun.get(session_id), known.get(order_id)) for session_id, order_id in named.items()}


async def payments(reader: Reader, processor: str, payment_intents: Collection[str]) -> Mapping[str, KnownPayment]:
    """Those of these payments that we know, by the processor's id."""
    rows = await reader.fetch(_PAYMENTS, processor, list(payment_intents)) if payment_intents else []
    return {
        row["payment_intent"]: KnownPayment(
            order_id=row["order_id"],
            state=OrderState(row["state"]),
            refunded=row["refunded"],
            under_way=row["under_way"],
            others_unknown=row["others_unknown"],
        )
        for row in rows
    }


async def refunds(reader: Reader, processor: str, refund_ids: Collection[str]) -> Mapping[str, bool]:
    """Those of these refunds that we know one by one, and whether each has failed."""
    rows = await reader.fetch(
        "SELECT refund_id, failure IS NOT NULL AS failed FROM payment_refunds"
        " WHERE processor = $1 AND refund_id = ANY ($2)",
        processor,
        list(refund_ids),
    )
    return {row["refund_id"]: row["failed"] for row in rows}


async def disputes(reader: Reader, processor: str, dispute_ids: Collection[str]) -> frozenset[str]:
    """Those of these disputes that we know."""
    rows = await reader.fetch(
        "SELECT dispute_id FROM payment_disputes WHERE processor = $1 AND dispute_id = ANY ($2)",
        processor,
        list(dispute_ids),
    )
    return frozenset(row["dispute_id"] for row in rows)


async def missing_webhooks(reader: Reader, processor: str, listed: Sequence[RawWebhook]) -> list[RawWebhook]:
    """Those of these that are not in the store, in neither form."""
    rows = await reader.fetch(_STORED, processor, [each.occasion for each in listed]) if listed else []
    stored = {row["occasion"] for row in rows}
    return [each for each in listed if each.occasion not in stored]


async def paid_between(
    reader: Reader, since: datetime, until: datetime, *, after: Place | None, limit: int
) -> list[Place]:
    """Orders by when they were paid, and id."""
    rows = await reader.fetch(_PAID, since, until, *(after or (None, None)), limit)
    return [(row["paid_at"], row["order_id"]) for row in rows]


async def given_unpaid(reader: Reader, since: datetime, until: datetime, *, limit: int) -> list[UUID]:
    """Orders placed then that nobody has paid, and that have something all the same."""
    return [row["order_id"] for row in await reader.fetch(_GIVEN_UNPAID, since, until, limit)]


async def waiting(
    reader: Reader,
    processor: str,
    since: datetime,
    until: datetime,
    *,
    patience: timedelta,
    after: Place | None,
    limit: int,
) -> list[tuple[Place, str]]:
    """Payments that began then and whose end nobody has told, each with its session, the oldest first."""
    rows = await reader.fetch(_WAITING, processor, since, until, patience, *(after or (None, None)), limit)
    return [((row["created_at"], row["attempt_id"]), row["session_id"]) for row in rows]


async def orders_of(reader: Reader, email: str, *, limit: int) -> list[UUID]:
    """A payer's orders, the newest."""
    rows = await reader.fetch(
        "SELECT order_id FROM orders WHERE email_key = $1 ORDER BY placed_at DESC LIMIT $2", email_key(email), limit
    )
    return [row["order_id"] for row in rows]


async def sessions_of(reader: Reader, processor: str, order_id: UUID) -> list[str]:
    """The payment pages of an order."""
    rows = await reader.fetch(
        "SELECT session_id FROM payment_attempts"
        " WHERE processor = $1 AND order_id = $2 AND session_id IS NOT NULL AND connection_id IS NULL"
        " UNION SELECT session_id FROM payment_charges"
        " WHERE processor = $1 AND order_id = $2 AND connection_id IS NULL",
        processor,
        order_id,
    )
    return [row["session_id"] for row in rows]


async def orders_of_session(reader: Reader, session_id: str) -> list[UUID]:
    """The order of a payment page, as far as one is known."""
    rows = await reader.fetch(
        "SELECT order_id FROM payment_attempts WHERE session_id = $1"
        " UNION SELECT order_id FROM payment_charges WHERE session_id = $1",
        session_id,
    )
    return [row["order_id"] for row in rows]


def _ours(row: Row) -> Ours:
    return Ours(
        order_id=row["order_id"],
        state=OrderState(row["state"]),
        told=frozenset(row["told"]),
        **{name: row[name] for name in _PLAIN},
    )


_PLAIN: Final = (
    "amount", "currency", "live_mode", "source", "processor", "paid_at", "seats", "tickets", "pools", "sold", "passes",
    "granted", "charges",
)  # fmt: skip
