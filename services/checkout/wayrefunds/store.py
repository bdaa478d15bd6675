"""All SQL on refunds of what ways took."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.routing.domain import Decision, Way
from checkout.wayrefunds.domain import OPEN, AskedBack, WayPayment, WayRefund, WayRefundCause, WayRefundState

_PLAIN: Final = """refund_id, payment_id, provider_id, appointment_id, order_id, amount, currency, commission, reason,
requested_by, by_provider, processor_refund_id, refusal, last_error, tries, created_at, settled_at"""
_REFUND: Final = f"{_PLAIN}, decision, processor, connection_id, cause, state"
_OPEN: Final = sorted(each.value for each in OPEN)


async def lock_payment(tx: Transaction, payment: WayPayment) -> AskedBack:
    """What was asked back of it, which nobody else changes until the transaction ends."""
    await tx.execute(
        """
        INSERT INTO way_refund_sums (provider_id, processor, payment_id, amount) VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider_id, processor, payment_id) DO UPDATE SET amount = way_refund_sums.amount
        """,
        payment.provider_id,
        payment.way.processor,
        payment.payment_id,
        payment.amount,
    )
    return await asked_back(tx, payment)


async def asked_back(reader: Reader, payment: WayPayment) -> AskedBack:
    """What was asked back of it."""
    row = await reader.fetchrow(
        """
        SELECT coalesce(sum(amount) FILTER (WHERE state = ANY ($4) AND cause <> 'outside'), 0)::bigint AS open,
               coalesce(sum(amount) FILTER (WHERE state = 'done'), 0)::bigint AS done
        FROM way_refunds WHERE (provider_id, processor, payment_id) = ($1, $2, $3)
        """,
        payment.provider_id,
        payment.way.processor,
        payment.payment_id,
        _OPEN,
    )
    return AskedBack(**row) if row else AskedBack()


async def add(tx: Transaction, refund: WayRefund, *, due_at: datetime | None) -> bool:
    """Before its processor is called; somebody else goes on with it from `due_at`. False: it is there already."""
    added = await tx.fetchval(
        f"""
        INSERT INTO way_refunds ({_REFUND}, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23)
        ON CONFLICT (provider_id, processor, payment_id) WHERE cause = 'surplus' DO NOTHING RETURNING true
        """,  # noqa: S608
        refund.refund_id,
        refund.payment_id,
        refund.provider_id,
        refund.appointment_id,
        refund.order_id,
        refund.amount,
        refund.currency,
        refund.commission,
        refund.reason,
        refund.requested_by,
        refund.by_provider,
        refund.processor_refund_id,
        refund.refusal,
        refund.last_error,
        refund.tries,
        refund.created_at,
        refund.settled_at,
        refund.way.decision.value,
        refund.way.processor,
        refund.way.connection_id,
        refund.cause.value,
        refund.state.value,
        due_at,
    )
    if added:
        await _count(tx, refund, refund.amount)
    return bool(added)


async def get(reader: Reader, refund_id: UUID) -> WayRefund | None:
    row = await reader.fetchrow(f"SELECT {_REFUND} FROM way_refunds WHERE refund_id = $1", refund_id)  # noqa: S608
    return _refund(row) if row else None


async def lock(tx: Transaction, refund: WayRefund) -> WayRefund | None:
    """It as it is now, and the sums of its payment, which nobody else changes until the transaction ends."""
    await tx.execute(
        "SELECT FROM way_refund_sums WHERE (provider_id, processor, payment_id) = ($1, $2, $3) FOR UPDATE",
        refund.provider_id,
        refund.way.processor,
        refund.payment_id,
    )
    return await get(tx, refund.refund_id)


async def of_appointment(reader: Reader, appointment_id: int) -> list[WayRefund]:
    """Its refunds, the oldest first."""
    rows = await reader.fetch(
        f"SELECT {_REFUND} FROM way_refunds WHERE appointment_id = $1 ORDER BY created_at, refund_id",  # noqa: S608
        appointment_id,
    )
    return [_refund(row) for row in rows]


async def claim_due(tx: Transaction, *, limit: int, now: datetime, until: datetime) -> list[WayRefund]:
    """Those that somebody has to go on with, for one lease each."""
    rows = await tx.fetch(
        f"""
        UPDATE way_refunds SET due_at = $2, tries = tries + 1
        WHERE refund_id IN (
            SELECT refund_id FROM way_refunds WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING {_REFUND}
        """,  # noqa: S608
        now,
        until,
        limit,
    )
    return [_refund(row) for row in rows]


async def move(
    tx: Transaction,
    refund: WayRefund,
    state: WayRefundState,
    *,
    processor_refund_id: str | None = None,
    refusal: str | None = None,
    error: str | None = None,
    due_in: timedelta | None = None,
) -> None:
    """It stands there now; `due_in`: when somebody looks again, None: never. What did not go back can be asked for."""
    await tx.execute(
        """
        UPDATE way_refunds SET state = $2, processor_refund_id = coalesce($3, processor_refund_id), refusal = $4,
            last_error = $5, due_at = app_now() + $6, settled_at = CASE WHEN $6::interval IS NULL THEN app_now() END
        WHERE refund_id = $1
        """,
        refund.refund_id,
        state.value,
        processor_refund_id,
        refusal,
        error,
        due_in,
    )
    if state in {WayRefundState.REFUSED, WayRefundState.FAILED}:
        await _count(tx, refund, -refund.amount)


async def plan(tx: Transaction, refund: WayRefund, *, due_in: timedelta | None) -> None:
    """One that is done is looked at again so much later; None: it is not."""
    await tx.execute(
        "UPDATE way_refunds SET due_at = app_now() + $2 WHERE refund_id = $1 AND state = 'done'",
        refund.refund_id,
        due_in,
    )


async def look_again(tx: Transaction, provider_id: int, processor: str, payment_id: str) -> None:
    """Those of a payment that are done are looked at now."""
    await tx.execute(
        """
        UPDATE way_refunds SET due_at = app_now()
        WHERE (provider_id, processor, payment_id) = ($1, $2, $3) AND state = 'done'
        """,
        provider_id,
        processor,
        payment_id,
    )


async def in_doubt(reader: Reader, order_id: UUID, processor: str, payment_id: str | None) -> bool:
    """Whether of any of an order's payment nobody knows what it comes to: undecided, or done and to be looked at."""
    found = await reader.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM way_refunds WHERE (order_id, processor, payment_id) = ($1, $2, $3)
                AND (state IN ('due', 'pending') OR (state = 'done' AND due_at IS NOT NULL))
        )
        """,
        order_id,
        processor,
        payment_id,
    )
    return bool(found)


async def _count(tx: Transaction, refund: WayRefund, amount: int) -> None:
    """What we have asked for is never more than was paid."""
    if refund.cause is WayRefundCause.OUTSIDE:
        return
    await tx.execute(
        """
        UPDATE way_refund_sums SET asked = asked + $4
        WHERE (provider_id, processor, payment_id) = ($1, $2, $3)
        """,
        refund.provider_id,
        refund.way.processor,
        refund.payment_id,
        amount,
    )


def _refund(row: Row) -> WayRefund:
    found = {**row}
    way = Way(
        decision=Decision(found.pop("decision")),
        processor=found.pop("processor"),
        connection_id=found.pop("connection_id"),
    )
    cause, state = WayRefundCause(found.pop("cause")), WayRefundState(found.pop("state"))
    return WayRefund(**found, way=way, cause=cause, state=state)
