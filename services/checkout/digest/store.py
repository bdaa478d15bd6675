"""Paid orders as their tables have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader
from checkout.webhooks.domain import HANDLER_FAILED
from eventbus.operation.digest import Span
from invariants import Charge, Evidence, Figure, PaidOrder, PaidSeats
from invariants.digest import Fingerprints

# A webhook that waits for something outside is nobody's backlog: what it builds on may come for days.
WAITS: Final[Mapping[str, str]] = {
    "webhooks not handled": f"""
        SELECT FROM webhook_events
        WHERE state NOT IN ('done', 'ignored', 'closed') AND (state <> 'waiting' OR cause = '{HANDLER_FAILED}')
          AND received_at < app_now() - $1::interval
    """,
    "purchases half made": """
        SELECT FROM checkout_requests
        WHERE (state = 'running' OR release_due) AND created_at < app_now() - $1::interval
    """,
    "refunds nobody takes": "SELECT FROM refunds WHERE due_at < app_now() - $1::interval",
    "refunds of a city nobody takes": """
        SELECT FROM city_refund_orders JOIN city_refunds USING (run_id)
        WHERE state = 'due' AND created_at < app_now() - $1::interval
    """,
    "payment pages half made": """
        SELECT FROM payment_attempts WHERE state = 'creating' AND created_at < app_now() - $1::interval
    """,
}


class OrderWitness:
    """Every order for which money came, whatever became of it later."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self._fingerprints = fingerprints

    async def standing(self, reader: Reader, span: Span) -> Evidence:
        """How many orders were paid in the period, and what they cost."""
        row = await reader.fetchrow(
            """
            SELECT count(*) AS orders, coalesce(sum(amount), 0)::bigint AS amount FROM orders
            WHERE paid_at >= $1 AND paid_at < $2
            """,
            span.since,
            span.until,
        )
        return Evidence(paid=Figure(**row)) if row else Evidence()

    async def touched(
        self, reader: Reader, span: Span, *, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[tuple[datetime, UUID]]:
        """Orders paid in the period, by time and id."""
        rows = await reader.fetch(
            """
            SELECT paid_at, order_id FROM orders
            WHERE paid_at >= $1 AND paid_at < $2 AND ($3::timestamptz IS NULL OR (paid_at, order_id) > ($3, $4::uuid))
            ORDER BY paid_at, order_id LIMIT $5
            """,
            span.since,
            span.until,
            *(after or (None, None)),
            most,
        )
        return [(row["paid_at"], row["order_id"]) for row in rows]

    async def of_orders(self, reader: Reader, order_ids: Sequence[UUID]) -> Evidence:
        """These orders, as far as they were paid, and the charges that paid them."""
        return Evidence(orders=await self._paid(reader, order_ids), recorded=await self._charges(reader, order_ids))

    async def _paid(self, reader: Reader, order_ids: Sequence[UUID]) -> tuple[PaidOrder, ...]:
        rows = await reader.fetch(
            """
            SELECT order_id, number, jsonb_array_length(seats) AS seats, amount, refunded_amount, email, paid_at,
                   array(SELECT ticket ->> 'code' FROM jsonb_array_elements(tickets) AS ticket) AS codes,
                   (SELECT count(*) FROM jsonb_array_elements(lines) AS l WHERE l ->> 'kind' = 'passes') AS passes,
                   (SELECT count(*) FROM passes WHERE passes.order_id = orders.order_id) AS granted
            FROM orders WHERE order_id = ANY($1::uuid[]) AND paid_at IS NOT NULL
            """,
            list(order_ids),
        )
        return tuple(
            PaidOrder(
                order_id=str(row["order_id"]),
                number=row["number"],
                seats=row["seats"],
                amount=row["amount"],
                refunded=row["refunded_amount"],
                paid_at=row["paid_at"],
                email=self._fingerprints.of(row["email"]),
                codes=tuple(self._fingerprints.exactly(code) for code in row["codes"]),
                passes=row["passes"],
                granted=row["granted"],
            )
            for row in rows
        )

    @staticmethod
    async def _charges(reader: Reader, order_ids: Sequence[UUID]) -> tuple[Charge, ...]:
        rows = await reader.fetch(
            "SELECT payment_intent, order_id, amount, refunded FROM payment_charges WHERE order_id = ANY($1::uuid[])",
            list(order_ids),
        )
        return tuple(Charge(**{**row, "order_id": str(row["order_id"])}) for row in rows)


async def paid_seats(reader: Reader, span: Span, *, city_id: str | None) -> tuple[PaidSeats, ...]:
    """By pool; a seat counts whatever became of it since it was paid."""
    rows = await reader.fetch(
        """
        SELECT seat ->> 'city_id' AS city_id, seat ->> 'tier' AS tier, count(*) AS seats
        FROM orders, jsonb_array_elements(seats) AS seat
        WHERE paid_at >= $1 AND paid_at < $2
          AND ($3::text IS NULL OR (city_ids @> ARRAY[$3] AND seat ->> 'city_id' = $3))
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        span.since,
        span.until,
        city_id,
    )
    return tuple(PaidSeats(**row) for row in rows)
