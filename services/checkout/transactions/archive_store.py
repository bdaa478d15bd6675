"""SQL that moves old transactions to the archive, and back when something happens to one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.database import Reader, Transaction
from checkout.transactions.store import TRANSACTION

_ARCHIVE: Final = f"""
WITH old AS (
    DELETE FROM external_transactions WHERE transaction_id IN (
        SELECT transaction_id FROM external_transactions
        WHERE provider_id = $1 AND processor = $2 AND created_at < $3 LIMIT $4
    )
    RETURNING {TRANSACTION}
)
INSERT INTO external_transactions_archive ({TRANSACTION}) SELECT {TRANSACTION} FROM old
"""  # noqa: S608

_TAKE_BACK: Final = f"""
WITH found AS (
    DELETE FROM external_transactions_archive
    WHERE provider_id = $1 AND processor = $2 AND payment_id = ANY($3)
    RETURNING {TRANSACTION}
)
INSERT INTO external_transactions ({TRANSACTION}) OVERRIDING SYSTEM VALUE SELECT {TRANSACTION} FROM found
"""  # noqa: S608


async def accounts(reader: Reader, *, before: datetime) -> list[tuple[int, str]]:
    """Providers, and the processors at which they have transactions of before then that are not archived."""
    rows = await reader.fetch(
        "SELECT DISTINCT provider_id, processor FROM external_transactions WHERE created_at < $1 ORDER BY 1, 2", before
    )
    return [(row["provider_id"], row["processor"]) for row in rows]


async def archive(tx: Transaction, provider_id: int, processor: str, *, before: datetime, limit: int) -> int:
    """Moves some of an account's transactions of before then; how many."""
    status = await tx.execute(_ARCHIVE, provider_id, processor, before, limit)
    return int(status.split()[2])


async def take_back(tx: Transaction, provider_id: int, processor: str, payment_ids: Sequence[str]) -> None:
    """Those that are archived are not any more."""
    await tx.execute(_TAKE_BACK, provider_id, processor, list(payment_ids))
