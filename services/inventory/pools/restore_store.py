"""Restores of this database from a backup, and what still waits after one."""

from __future__ import annotations

from chassis.database import Reader, Transaction


async def restore_pending(reader: Reader) -> bool:
    """Whether the database was restored and what happened since is not read yet."""
    return bool(await reader.fetchval("SELECT EXISTS (SELECT FROM restores WHERE done_at IS NULL)"))


async def restore_settled(reader: Reader) -> bool:
    """Whether what was under way elsewhere when the old database ended has been said, or has been given up."""
    return bool(
        await reader.fetchval(
            "SELECT max(restored_at) + interval '5 s' < app_now() FROM restores WHERE done_at IS NULL"
        )
    )


async def deferred(reader: Reader, group: str) -> bool:
    """Whether events of the group wait for another attempt."""
    return bool(await reader.fetchval("SELECT EXISTS (SELECT FROM inbox_deferred WHERE group_name = $1)", group))


async def end_restore(tx: Transaction) -> None:
    await tx.execute("UPDATE restores SET done_at = app_now() WHERE done_at IS NULL")
