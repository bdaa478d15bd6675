"""All SQL on the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.audit.domain import Actor, AuditEntry, AuditFilter, Change, Outcome, RefusedDeed, State
from chassis.database import Reader, Row, Transaction
from chassis.telemetry.masking import mask_value

_COLUMNS: Final = "id, at, actor, role, address, action, target, before, after, reason, outcome, code, times"


async def record(
    tx: Transaction,
    action: str,
    *,
    actor: Actor,
    target: str = "",
    reason: str = "",
    before: State = None,
    after: State = None,
) -> None:
    """Adds a row for one deed."""
    await record_each(tx, action, [Change(target=target, before=before, after=after)], actor=actor, reason=reason)


async def record_each(
    tx: Transaction, action: str, changes: Sequence[Change], *, actor: Actor, reason: str = ""
) -> None:
    """Adds a row for each target, so that each tells its own story; one without target when nothing was changed."""
    kept = changes or [Change()]
    await tx.execute(
        """
        INSERT INTO audit (at, actor, role, address, action, reason, outcome, target, before, after)
        SELECT app_now(), $1, $2, $3, $4, $5, 'done', target, before, after
        FROM unnest($6::text[], $7::jsonb[], $8::jsonb[]) AS change (target, before, after)
        """,
        actor.name,
        actor.role,
        actor.address,
        action,
        reason,
        [change.target for change in kept],
        [mask_value(change.before) for change in kept],
        [mask_value(change.after) for change in kept],
    )


async def record_refused(tx: Transaction, counted: Sequence[tuple[RefusedDeed, int]]) -> None:
    """Adds a row for each refused deed, with how often it was refused."""
    await tx.executemany(
        """
        INSERT INTO audit (at, actor, role, address, action, target, reason, outcome, code, times)
        VALUES (app_now(), $1, $2, $3, $4, $5, $6, 'refused', $7, $8)
        """,
        [
            (
                deed.actor.name,
                deed.actor.role,
                deed.actor.address,
                deed.action,
                deed.target,
                deed.reason,
                deed.code,
                times,
            )
            for deed, times in counted
        ],
    )


async def of_target(reader: Reader, target: str) -> list[AuditEntry]:
    """What was done to the target, oldest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM audit WHERE target = $1 AND outcome = 'done' ORDER BY id",  # noqa: S608
        target,
    )
    return [_entry(row) for row in rows]


async def find(
    reader: Reader, wanted: AuditFilter, *, before: tuple[datetime, int] | None, limit: int
) -> list[AuditEntry]:
    """The entries that fit, newest first; `before` is the place of the last one of the page before."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit
        WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)
            AND ($3::text IS NULL OR target = $3) AND ($4::text IS NULL OR outcome = $4)
            AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
            AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::bigint))
        ORDER BY at DESC, id DESC LIMIT $9
        """,  # noqa: S608
        wanted.actor,
        wanted.action,
        wanted.target,
        wanted.outcome,
        wanted.since,
        wanted.until,
        *(before or (None, None)),
        limit,
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(**{**row, "outcome": Outcome(row["outcome"])})
