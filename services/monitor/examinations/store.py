"""SQL of checks of providers' payments."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Reader, Transaction
from monitor.examinations.domain import PaymentCheck


async def keep(tx: Transaction, checks: Sequence[PaymentCheck]) -> None:
    """Each in the place of the one before; one that was not made stays as it was."""
    await tx.execute(
        """
        INSERT INTO payment_checks (name, problem, looked_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
        ON CONFLICT (name) DO UPDATE SET problem = excluded.problem, looked_at = excluded.looked_at
        """,
        [each.name for each in checks],
        [each.problem for each in checks],
        [each.looked_at for each in checks],
    )


async def latest(reader: Reader) -> list[PaymentCheck]:
    """Each as it was made last."""
    rows = await reader.fetch("SELECT name, problem, looked_at FROM payment_checks ORDER BY name")
    return [PaymentCheck(**row) for row in rows]
