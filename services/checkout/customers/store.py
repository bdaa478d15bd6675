"""All SQL on customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.ids import uuid7
from checkout.customers.domain import PURCHASES, Customer
from checkout.orders.states import SETTLED

# One statement, whatever the address: nothing where it has no purchase or ticket, or was asked for a moment ago.
_ASKED: Final = """
WITH bought AS (
    SELECT email, first_name FROM orders WHERE email_key = $2 AND state = ANY ($3) ORDER BY placed_at DESC LIMIT 1
), given AS (
    SELECT holders -> (array_position(holder_keys, $2) - 1) AS holder FROM orders
    WHERE holder_keys <> '{}' AND holder_keys @> ARRAY[$2] AND state = ANY ($5) ORDER BY placed_at DESC LIMIT 1
), newest AS (
    SELECT email, first_name FROM bought
    UNION ALL SELECT holder ->> 'email', holder ->> 'first_name' FROM given LIMIT 1
), asked AS (
    INSERT INTO customers (customer_id, email_key, asked_at) SELECT $1, $2, app_now() FROM newest
    ON CONFLICT (email_key) DO UPDATE SET asked_at = app_now() WHERE customers.asked_at <= app_now() - $4::interval
    RETURNING customer_id
)
SELECT customer_id, email, first_name FROM asked, newest
"""
_PURCHASES: Final = [state.value for state in sorted(PURCHASES)]
_SETTLED: Final = [state.value for state in sorted(SETTLED)]


async def note_asked(tx: Transaction, email: str, *, every: timedelta) -> Customer | None:
    """Notes that somebody looks for what this address has; None when there is nothing to tell it now."""
    row = await tx.fetchrow(_ASKED, uuid7(), email_key(email), _PURCHASES, every, _SETTLED)
    return Customer(**row) if row else None


async def email_of(reader: Reader, customer_id: UUID) -> str | None:
    """The key of the address that an id stands for."""
    found: str | None = await reader.fetchval("SELECT email_key FROM customers WHERE customer_id = $1", customer_id)
    return found
