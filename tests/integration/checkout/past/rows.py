"""Rows of purchases of the past: as real use cases have made them for one of today, with ids and times of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.database import Database
from chassis.emails import email_key

Row = Mapping[str, Any]

# By what a purchase's rows are found, in the order in which they refer to each other.
TABLES: Final = {
    "orders": "order_id",
    "payment_attempts": "order_id",
    "payment_charges": "order_id",
    "payment_disputes": "order_id",
    "payment_refunds": "payment_intent",
    "order_stock": "order_id",
    "order_deliveries": "order_id",
    "passes": "order_id",
}
_LIKE: Final = """
INSERT INTO {table} SELECT made.* FROM {table} AS t CROSS JOIN unnest($2::text[]) AS own (changes)
CROSS JOIN LATERAL jsonb_populate_record(t, own.changes::jsonb) AS made WHERE t.{key}::text = $1
"""


async def add(database: Database, table: str, like: str, changes: Sequence[Row]) -> None:
    """A row for each of `changes`, which is otherwise as that of `like`, by its id; none where that has none."""
    sql = _LIKE.format(table=table, key=TABLES[table])
    await database.execute(sql, like, [json.dumps(each, default=str) for each in changes])


def own_values(made: Row) -> Mapping[str, Row]:
    """What each of a purchase's rows has of its own, by table."""
    order = {"order_id": made["order_id"]}
    return {
        "orders": {
            **order,
            "number": made["number"],
            "email": made["email"],
            "email_key": email_key(made["email"]),
            "placed_at": made["at"],
            "promised_until": made["ends"],
            "hard_until": made["ends"],
            "paid_at": made["paid_at"] if made["known_as_paid"] else None,
        },
        "payment_attempts": {
            **order,
            "attempt_id": made["attempt_id"],
            "idempotency_key": made["attempt_id"],
            "session_id": made["session"],
            "created_at": made["at"],
            "expires_at": made["ends"],
            # Whoever would have looked at it has not.
            "due_at": None,
        },
        "payment_charges": {
            **order,
            "payment_intent": made["payment"],
            "session_id": made["session"],
            "paid_at": made["paid_at"],
        },
        "payment_disputes": {**order, "dispute_id": made["dispute"], "at": made["paid_at"]},
        "payment_refunds": {"refund_id": made["refund"], "payment_intent": made["payment"]},
        "order_stock": {**order, "sold_at": made["paid_at"]},
        "order_deliveries": {**order, "delivery_id": made["attempt_id"], "changed_at": made["paid_at"]},
        "passes": {
            **order,
            "pass_id": made["attempt_id"],
            "order_number": made["number"],
            "valid_from": made["paid_at"],
        },
    }
