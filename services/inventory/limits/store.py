"""The limits with which the catalogue begins pools, and what people asked for by a key of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


async def claim(tx: Transaction, key: str, *, asked: Mapping[str, Any]) -> bool:
    """Takes the key; False when somebody had it before. Who comes while the first one is at work waits for its end."""
    sql = """
        INSERT INTO limit_requests (key, asked, at) VALUES ($1, $2, app_now())
        ON CONFLICT (key) DO NOTHING RETURNING true
    """
    return bool(await tx.fetchval(sql, key, dict(asked)))


async def first_of(reader: Reader, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """What was asked with the key the first time, and what it came to."""
    row = await reader.fetchrow("SELECT asked, answer FROM limit_requests WHERE key = $1", key)
    return (row["asked"], row["answer"]) if row else None


async def keep(tx: Transaction, key: str, *, answer: Mapping[str, Any]) -> None:
    """Keeps what the request came to, in the transaction that claimed its key."""
    await tx.execute("UPDATE limit_requests SET answer = $2 WHERE key = $1", key, dict(answer))
