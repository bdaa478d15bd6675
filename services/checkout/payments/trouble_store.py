"""SQL that reads what went wrong with an order's payments: tries that were declined, and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Reader

_TROUBLES = """
SELECT 'declined' AS what, processor, charge_id AS id, reason AS code, at FROM payment_declines WHERE order_id = $1
UNION ALL
SELECT 'disputed', processor, dispute_id, '', at FROM payment_disputes WHERE order_id = $1
ORDER BY at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A try that was declined, or a dispute that took the money away.

    what: declined or disputed
    processor: who says so
    id: the processor's id of it
    code: why, in the processor's word; empty where it is not kept
    at: when
    """

    what: str
    processor: str
    id: str
    code: str
    at: datetime


async def of_order(reader: Reader, order_id: UUID) -> list[Trouble]:
    """The oldest first."""
    return [Trouble(**row) for row in await reader.fetch(_TROUBLES, order_id)]
