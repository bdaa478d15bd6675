"""The limits with which the catalogue begins pools, and those that its own events told of before a restore."""

from __future__ import annotations

from chassis.database import Reader, Transaction
from inventory.limits.domain import Limits


async def starting_limits(reader: Reader, city_id: str) -> dict[str, Limits]:
    """By tier."""
    rows = await reader.fetch(
        "SELECT tier, starting_public_limit, starting_actual_limit FROM pools WHERE city_id = $1 ORDER BY tier", city_id
    )
    return {
        row["tier"]: Limits(public=row["starting_public_limit"], actual=row["starting_actual_limit"]) for row in rows
    }


async def take_news(tx: Transaction, city_id: str, *, stock_version: int) -> bool:
    """Whether an event tells of limits from before the restore, newer than those that were taken; taken, it is none."""
    sql = """
        UPDATE cities SET limits_version = $2
        WHERE city_id = $1 AND limits_version < $2 AND $2 < restored_version RETURNING true
    """
    return bool(await tx.fetchval(sql, city_id, stock_version))
