"""SQL of what went back of the platform's own payments of appointments: the ledger of our charges follows it (P-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Row, Transaction
from checkout.processors.backs import FoundRefund
from checkout.processors.domain import DisputeStatus
from checkout.routing.domain import Decision, Way
from checkout.transactions.disputes import KnownDispute
from checkout.transactions.domain import LedgerEntry
from checkout.wayrefunds import store
from checkout.wayrefunds.domain import WayPayment, WayRefund
from checkout.wayrefunds.payment_store import payment_of

_WHOSE: Final = """
SELECT a.provider_id FROM charge_entries AS e JOIN appointments AS a USING (appointment_id)
WHERE e.processor = $1 AND e.kind = 'payment' AND e.source_id = $2
"""
_CLAIM: Final = """
UPDATE way_refund_sums SET look_at = app_now() + $2, looks = looks + 1
WHERE (provider_id, processor, payment_id) IN (
    SELECT provider_id, processor, payment_id FROM way_refund_sums
    WHERE look_at <= app_now() ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING processor, payment_id, look_at, looks
"""
# By our own wish's key only until its processor's id of it is known.
_NAMED: Final = """
SELECT refund_id FROM way_refunds
WHERE (provider_id, processor, payment_id) = ($1, $2, $3)
  AND (processor_refund_id = $4 OR processor_refund_id IS NULL AND refund_id::text = $5)
ORDER BY processor_refund_id NULLS LAST LIMIT 1
"""
# What its refunds come to, less what the ledger has of that.
_BALANCE: Final = """
INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
SELECT $2, $3, $4, 'refund', -(back.amount + entered.amount), $5, 0, app_now()
FROM (
    SELECT coalesce(sum(amount), 0)::bigint AS amount FROM way_refunds
    WHERE (provider_id, processor, payment_id) = ($1, $2, $3) AND state IN ('pending', 'done')
) AS back, (
    SELECT coalesce(sum(amount), 0)::bigint AS amount FROM charge_entries
    WHERE (processor, source_id, kind) = ($2, $3, 'refund')
) AS entered
WHERE back.amount + entered.amount <> 0
"""
_DISPUTE: Final = "dispute_id, status, code, amount, taken, returned, opened_at, changed_at"
_KEEP: Final = f"""
INSERT INTO appointment_disputes (processor, appointment_id, payment_id, {_DISPUTE})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (processor, dispute_id) DO UPDATE SET status = excluded.status, code = excluded.code,
    amount = excluded.amount, taken = excluded.taken, returned = excluded.returned, changed_at = excluded.changed_at
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLook:
    """A payment whose list this process asks for.

    processor, payment_id: which
    until: as long as nobody else does
    looks: how often it was tried
    """

    processor: str
    payment_id: str
    until: datetime
    looks: int


async def payment(reader: Reader, processor: str, payment_id: str) -> WayPayment | None:
    """What our own account took for an appointment; None for any other payment."""
    provider_id = await reader.fetchval(_WHOSE, processor, payment_id)
    if provider_id is None:
        return None
    way = Way(decision=Decision.PLATFORM, processor=processor, connection_id=None)
    return await payment_of(reader, way, payment_id, provider_id=provider_id)


async def make_due(tx: Transaction, found: WayPayment) -> None:
    """Its list is asked for now, also where somebody has just asked."""
    await tx.execute(
        """
        INSERT INTO way_refund_sums (provider_id, processor, payment_id, amount, look_at)
        VALUES ($1, $2, $3, $4, app_now())
        ON CONFLICT (provider_id, processor, payment_id) DO UPDATE SET look_at = app_now(), looks = 0
        """,
        *_key(found),
        found.amount,
    )


async def claim_due(tx: Transaction, *, limit: int, lease: timedelta) -> list[DueLook]:
    """Payments whose lists are to be asked for, for one lease each."""
    rows = await tx.fetch(_CLAIM, limit, lease)
    return [
        DueLook(processor=row["processor"], payment_id=row["payment_id"], until=row["look_at"], looks=row["looks"])
        for row in rows
    ]


async def looked(tx: Transaction, look: DueLook, *, again_in: timedelta | None = None) -> None:
    """That is done, or to be done again later; not where news have come meanwhile."""
    await tx.execute(
        """
        UPDATE way_refund_sums
        SET look_at = app_now() + $4, looks = CASE WHEN $4::interval IS NULL THEN 0 ELSE looks END
        WHERE (processor, payment_id, look_at) = ($1, $2, $3)
        """,
        look.processor,
        look.payment_id,
        look.until,
        again_in,
    )


async def named(tx: Transaction, found: WayPayment, listed: FoundRefund) -> WayRefund | None:
    """The refund that its processor lists, as it is known here."""
    refund_id = await tx.fetchval(_NAMED, *_key(found), listed.refund.refund_id, listed.key)
    return None if refund_id is None else await store.get(tx, refund_id)


async def balance(tx: Transaction, found: WayPayment) -> None:
    """What is new of its refunds is entered into the ledger. The payment's sums are locked."""
    await tx.execute(_BALANCE, *_key(found), found.appointment_id, found.currency)


async def dispute(tx: Transaction, processor: str, dispute_id: str) -> KnownDispute | None:
    row = await tx.fetchrow(
        f"SELECT {_DISPUTE} FROM appointment_disputes WHERE processor = $1 AND dispute_id = $2",  # noqa: S608
        processor,
        dispute_id,
    )
    return _dispute(row) if row else None


async def keep_dispute(tx: Transaction, found: WayPayment, known: KnownDispute) -> None:
    await tx.execute(
        _KEEP,
        found.way.processor,
        found.appointment_id,
        found.payment_id,
        known.dispute_id,
        known.status.value,
        known.code,
        known.amount,
        known.taken,
        known.returned,
        known.opened_at,
        known.changed_at,
    )


async def enter(tx: Transaction, found: WayPayment, entries: Iterable[LedgerEntry]) -> None:
    """What a bank has taken, or given back, into the ledger, once."""
    for each in entries:
        await tx.execute(
            """
            INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
            VALUES ($1, $2, $3, $4, $5, $6, 0, $7) ON CONFLICT DO NOTHING
            """,
            found.way.processor,
            each.source_id,
            found.appointment_id,
            each.kind.value,
            each.amount,
            found.currency,
            each.at,
        )


def _key(found: WayPayment) -> tuple[int, str, str]:
    return found.provider_id, found.way.processor, found.payment_id


def _dispute(row: Row) -> KnownDispute:
    return KnownDispute(**{**row, "status": DisputeStatus(row["status"])})
