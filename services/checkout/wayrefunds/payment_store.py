"""SQL that reads payments that ways took, from the ledgers of who took them, as far as they can go back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from chassis.database import Reader
from checkout.connections import store as connections_store
from checkout.routing.domain import Decision, Way
from checkout.wayrefunds.domain import WayPayment

# An account that was connected again has another number.
_EXTERNAL: Final = """
SELECT t.amount, t.refunded, t.commission, t.commission_ppm, t.currency, t.created_at AS paid_at,
       t.appointment_id, t.order_id, t.provider_id, coalesce(c.connection_id, $4) AS connection_id
FROM all_external_transactions AS t LEFT JOIN processor_connections AS c
    ON c.provider_id = t.provider_id AND c.processor = t.processor AND c.status <> 'revoked'
WHERE (t.provider_id, t.processor, t.payment_id) = ($1, $2, $3) AND t.state = 'completed'
"""
_PLATFORM: Final = """
SELECT p.amount, p.currency, p.at AS paid_at, p.appointment_id, 0::bigint AS commission, 0 AS commission_ppm,
       coalesce(-(
           SELECT sum(r.amount) FROM charge_entries AS r
           WHERE r.appointment_id = p.appointment_id AND r.source_id = p.source_id AND r.kind = 'refund'
       ), 0)::bigint AS refunded
FROM charge_entries AS p
WHERE p.processor = $1 AND p.kind = 'payment' AND p.source_id = $2 AND p.appointment_id IS NOT NULL
"""
# A restored database may have lost by which try an appointment was paid.
_OF_APPOINTMENT: Final = """
SELECT t.provider_id, t.processor, t.connection_id, t.payment_id FROM all_external_transactions AS t
WHERE t.appointment_id = $1 AND t.state = 'completed' AND NOT EXISTS (
    SELECT FROM way_refunds AS r
    WHERE r.cause = 'surplus'
        AND (r.provider_id, r.processor, r.payment_id) = (t.provider_id, t.processor, t.payment_id)
)
ORDER BY t.completed_at, t.transaction_id LIMIT 1
"""


async def outside_of(reader: Reader, appointment_id: int) -> WayPayment | None:
    """What a provider's processor took for an appointment, and is not surplus; None where it took nothing."""
    row = await reader.fetchrow(_OF_APPOINTMENT, appointment_id)
    if row is None:
        return None
    way = Way(decision=Decision.EXTERNAL, processor=row["processor"], connection_id=row["connection_id"])
    return await payment_of(reader, way, row["payment_id"], provider_id=row["provider_id"])


async def taken_by(reader: Reader, connection_id: int, processor: str, payment_id: str) -> WayPayment | None:
    """What a provider's account took; None where no ledger has it, or nobody knows the account any more."""
    connection = await connections_store.get(reader, connection_id)
    if connection is None:
        return None
    way = Way(decision=Decision.EXTERNAL, processor=processor, connection_id=connection_id)
    return await payment_of(reader, way, payment_id, provider_id=connection.provider_id)


async def payment_of(reader: Reader, way: Way, payment_id: str, *, provider_id: int) -> WayPayment | None:
    """A payment of a provider that was completed; None where no ledger has it."""
    if way.connection_id is None:
        row = await reader.fetchrow(_PLATFORM, way.processor, payment_id)
        found = {**row, "provider_id": provider_id, "order_id": None} if row else None
    else:
        row = await reader.fetchrow(_EXTERNAL, provider_id, way.processor, payment_id, way.connection_id)
        found = {**row} if row else None
        way = replace(way, connection_id=found.pop("connection_id")) if found else way
    return WayPayment(way=way, payment_id=payment_id, **found) if found else None
