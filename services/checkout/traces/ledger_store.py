"""SQL that reads the ledgers of who has taken money: our own one, and that of providers' accounts."""

from __future__ import annotations

from typing import Final

from chassis.database import Reader
from checkout.traces.domain import MoneyMove

_MOVES: Final = """
SELECT at, kind, processor, NULL::bigint AS connection_id, source_id AS payment_id, amount, currency, fee,
    0::bigint AS at_source
FROM charge_entries WHERE appointment_id = $1
UNION ALL
SELECT e.at, e.kind, e.processor, t.connection_id, t.payment_id, e.amount, e.currency, e.fee, e.at_source
FROM all_external_transactions AS t JOIN transaction_entries AS e USING (transaction_id) WHERE t.appointment_id = $1
ORDER BY at
"""


async def of_appointment(reader: Reader, appointment_id: int) -> list[MoneyMove]:
    """What was paid for it, and went back, whoever took it: the oldest first."""
    return [MoneyMove(**row) for row in await reader.fetch(_MOVES, appointment_id)]
