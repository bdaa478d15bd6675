"""All SQL on the audit."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.audit.domain import AuditEntry
from chassis.database import Reader, Transaction


async def record(tx: Transaction, action: str, *, actor: str, detail: str, target: str = "") -> None:
    """Adds a row for one deed."""
    await record_each(tx, action, [target], actor=actor, detail=detail)


async def record_each(tx: Transaction, action: str, targets: Sequence[str], *, actor: str, detail: str) -> None:
    """Adds a row for each target, so that each tells its own story."""
    await tx.execute(
        """
        INSERT INTO audit (at, actor, action, target, detail)
        SELECT app_now(), $2, $3, target, $4 FROM unnest($1::text[]) AS target
        """,
        targets,
        actor,
        action,
        detail,
    )


async def of_target(reader: Reader, target: str) -> list[AuditEntry]:
    """What was done to the target, oldest first."""
    rows = await reader.fetch(
        "SELECT at, actor, action, target, detail FROM audit WHERE target = $1 ORDER BY id", target
    )
    return [AuditEntry(**row) for row in rows]
