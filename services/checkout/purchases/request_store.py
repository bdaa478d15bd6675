"""Requests to buy, remembered by their key before anything is held (C-1: Idempotency-Key, 24 h)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from chassis.database import Reader, Row, Transaction
from chassis.http.repeats import IdempotencyKeyReused
from checkout.purchases.domain import PaymentPage

SCOPE: Final = "create-checkout-session"
_PAGES: Final = TypeAdapter(PaymentPage)
LIFETIME: Final = timedelta(hours=24)

# The request of an order that is there already was lost with a database that had a later state: it is due at once.
_CLAIM = """
INSERT INTO checkout_requests (scope, key, body_hash, order_id, state, created_at, lease_until)
SELECT $1, $2, $3, $4, 'running', $5::timestamptz, CASE WHEN placed THEN $5::timestamptz ELSE $6 END
FROM (SELECT EXISTS (SELECT FROM orders WHERE order_id = $4) AS placed) AS known
ON CONFLICT DO NOTHING
RETURNING lease_until > created_at
"""
_KNOWN = """
SELECT body_hash, order_id, state, answer, release_due, created_at
FROM checkout_requests WHERE scope = $1 AND key = $2
"""
_AGAIN = """
UPDATE checkout_requests
SET body_hash = $3, order_id = $4, state = 'running', answer = NULL, created_at = $5, lease_until = $6
WHERE scope = $1 AND key = $2
"""
# Requests whose process died before the order was stored, failed ones whose seats were not given back yet, and those
# that have their order and no answer.
# Whoever stores an order moves its request's lease in the same transaction, so neither can overlook the other.
_ORPHANS = """
WITH due AS (
    SELECT order_id FROM checkout_requests
    WHERE (state = 'running' OR release_due) AND lease_until <= app_now()
    ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE checkout_requests r
SET lease_until = app_now() + $2,
    state = CASE WHEN o.order_id IS NULL THEN 'failed' ELSE r.state END,
    release_due = o.order_id IS NULL
FROM due LEFT JOIN orders o USING (order_id)
WHERE r.order_id = due.order_id
RETURNING r.order_id, r.release_due
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a key stands for now.

    order_id: the order that the request makes, or has made
    mine: whether this request goes ahead; else there was an earlier one
    page: the earlier one's payment page, once it has one
    owes_seats: the earlier one failed, and inventory must be told of it before another may run
    """

    order_id: UUID
    mine: bool
    page: PaymentPage | None = None
    owes_seats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A request that nobody works on.

    order_id: the order that it was to make
    owes_seats: whether that came to nothing, and inventory is to be told; else the order is there, and has no answer
    """

    order_id: UUID
    owes_seats: bool


def derived_order_id(key: str, *, now: datetime, after: UUID | None = None) -> UUID:
    """The order id of a key: the same in every process that day, another one after `after` was given up."""
    text = f"{SCOPE}\0{key}\0{now.date()}\0{after or ''}"
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=5)


async def first_claim(reader: Reader, key: str, *, body_hash: bytes, now: datetime) -> Claim | None:
    """What an earlier request with this key came to, or None when this one is to run. Raises IdempotencyKeyReused."""
    known = await reader.fetchrow(_KNOWN, SCOPE, key)
    return _judge(known, body_hash=body_hash, now=now) if known else None


async def claim_own(reader: Reader, key: str, *, body_hash: bytes, now: datetime, lease: timedelta) -> Claim:
    """Stores a request without a key of the client's under one that nobody else has: one statement, which commits."""
    order_id = derived_order_id(key, now=now)
    await reader.fetchval(_CLAIM, SCOPE, key, body_hash, order_id, now, now + lease)
    return Claim(order_id=order_id, mine=True)


async def claim(tx: Transaction, key: str, *, body_hash: bytes, now: datetime, lease: timedelta) -> Claim:
    """Takes the key for this request, or says what became of the first one.

    Raises IdempotencyKeyReused for another body. A first request that failed, or is older than 24 h, is no obstacle:
    this one runs anew, under an order id of its own, since the old one's hold was released for good.
    """
    order_id = derived_order_id(key, now=now)
    mine = await tx.fetchval(_CLAIM, SCOPE, key, body_hash, order_id, now, now + lease)
    if mine is not None:
        return Claim(order_id=order_id, mine=mine)
    known = await tx.fetchrow(f"{_KNOWN} FOR UPDATE", SCOPE, key)
    if known is None:
        raise RuntimeError("a claimed key has gone")
    first = _judge(known, body_hash=body_hash, now=now)
    if first is not None:
        return first
    order_id = derived_order_id(key, now=now, after=known["order_id"])
    await tx.execute(_AGAIN, SCOPE, key, body_hash, order_id, now, now + lease)
    return Claim(order_id=order_id, mine=True)


def _judge(known: Row, *, body_hash: bytes, now: datetime) -> Claim | None:
    """None: the first one failed or is too old, and its seats are free; this one may run."""
    expired = known["created_at"] <= now - LIFETIME
    if not expired and known["body_hash"] != body_hash:
        raise IdempotencyKeyReused
    if known["release_due"] or (not expired and known["state"] != "failed"):
        return Claim(
            order_id=known["order_id"], mine=False, page=_page(known["answer"]), owes_seats=known["release_due"]
        )
    return None


async def answer_of(reader: Reader, order_id: UUID) -> tuple[str, PaymentPage | None]:
    """State and payment page of the request that an order came from; one that was forgotten counts as failed."""
    row = await reader.fetchrow("SELECT state, answer FROM checkout_requests WHERE order_id = $1", order_id)
    return (row["state"], _page(row["answer"])) if row else ("failed", None)


async def done(tx: Transaction, page: PaymentPage) -> None:
    """The request has come to its payment page, which a repeat gets as well."""
    await tx.execute(
        "UPDATE checkout_requests SET state = 'done', answer = $2 WHERE order_id = $1 AND state <> 'failed'",
        page.order_id,
        _PAGES.dump_python(page, mode="json"),
    )


async def keep(tx: Transaction, order_id: UUID, *, until: datetime) -> bool:
    """For the transaction that stores the order: whether the request still runs; nobody takes it for orphaned now."""
    kept = await tx.fetchval(
        "UPDATE checkout_requests SET lease_until = $2 WHERE order_id = $1 AND state = 'running' RETURNING true",
        order_id,
        until,
    )
    return bool(kept)


async def failed(tx: Transaction, order_id: UUID, *, release: bool = False, lease: timedelta = timedelta(0)) -> None:
    """The key is free again, for the same body; with `release` once its seats have been given back."""
    await tx.execute(
        "UPDATE checkout_requests SET state = 'failed', release_due = $2, lease_until = app_now() + $3"
        " WHERE order_id = $1",
        order_id,
        release,
        lease,
    )


async def released(tx: Transaction, order_id: UUID) -> None:
    """Inventory knows that these seats are free."""
    await tx.execute("UPDATE checkout_requests SET release_due = false WHERE order_id = $1", order_id)


async def orphans(reader: Reader, *, limit: int, lease: timedelta) -> list[Orphan]:
    """Takes requests that nobody works on, for one lease."""
    rows = await reader.fetch(_ORPHANS, limit, lease)
    return [Orphan(order_id=row["order_id"], owes_seats=row["release_due"]) for row in rows]


async def forget_old(tx: Transaction, *, before: datetime) -> None:
    """Requests that nobody can repeat: a key that is used again later is a new one, and leads to a new order's id."""
    await tx.execute(
        "DELETE FROM checkout_requests WHERE created_at < $1 AND state <> 'running' AND NOT release_due", before
    )


def _page(answer: object) -> PaymentPage | None:
    return None if answer is None else _PAGES.validate_python(answer)
