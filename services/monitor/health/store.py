"""SQL of the processes: what each has said last, kept for the next start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chassis.database import Reader, Transaction
from events import ServiceHeartbeat
from monitor.health.domain import Instance


async def save(tx: Transaction, instances: Sequence[Instance], *, forget_before: datetime) -> None:
    """Keeps the newest word of each, and forgets who has been silent since `forget_before`."""
    rows = sorted(
        (
            each.heartbeat.instance,
            each.heartbeat.service,
            each.heartbeat.model_dump(mode="json", by_alias=True),
            each.heard_at,
            each.stopped,
        )
        for each in instances
    )
    if rows:
        await tx.execute(
            """
            INSERT INTO instances AS kept (instance, service, heartbeat, heard_at, stopped)
            SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[], $5::boolean[])
            ON CONFLICT (instance) DO UPDATE SET
                service = excluded.service, heartbeat = excluded.heartbeat,
                heard_at = excluded.heard_at, stopped = excluded.stopped
            WHERE kept.heard_at <= excluded.heard_at
            """,
            *(list(column) for column in zip(*rows, strict=True)),
        )
    await tx.execute("DELETE FROM instances WHERE heard_at < $1", forget_before)


async def instances(reader: Reader) -> list[Instance]:
    """Every process that is kept."""
    rows = await reader.fetch("SELECT heartbeat, heard_at, stopped FROM instances")
    return [
        Instance(
            heartbeat=ServiceHeartbeat.model_validate(row["heartbeat"]),
            heard_at=row["heard_at"],
            stopped=row["stopped"],
        )
        for row in rows
    ]
