"""All SQL on signs and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.blocks.domain import Block, BuyerMark, Seen
from checkout.orders.domain import Why
from config import Mark, Sign
from events import OrderState

_ENDED_UNPAID: Final = [state.value for state in (OrderState.EXPIRED, OrderState.PAYMENT_FAILED)]
# More than any rule needs, and no more than a script can make one read.
_MOST_SEEN: Final = 1_000
_BLOCK: Final = "block_id, mark, shown, cause, reason, made_by, made_at, until, lifted_at, lifted_by"


async def note(
    tx: Transaction,
    sign: Sign,
    source: str,
    marks: Sequence[BuyerMark],
    order_id: UUID,
    *,
    at: datetime,
    since: datetime,
) -> list[Seen]:
    """Keeps a sign for each mark, where the same source counts once, and gives what was seen of them before.

    Of that the newest 1,000. Who gives seats back keeps them from nobody: such an order is not unpaid.
    """
    names, keys, shown = _columns(marks)
    rows = await tx.fetch(
        """
        WITH new AS (
            INSERT INTO buyer_signs (sign, source, mark, key, shown, order_id, at)
            SELECT $1, $2, n.mark, n.key, n.shown, $6, $7
            FROM unnest($3::text[], $4::bytea[], $5::text[]) AS n (mark, key, shown)
            ON CONFLICT DO NOTHING
        )
        SELECT s.mark, s.key, s.sign, s.at,
            o.state = ANY ($9) AND NOT EXISTS (
                SELECT 1 FROM order_history AS h WHERE h.order_id = o.order_id AND h.why = $11
            ) AS unpaid
        FROM unnest($3::text[], $4::bytea[]) AS m (mark, key) JOIN buyer_signs AS s USING (mark, key)
            LEFT JOIN orders AS o ON s.sign = 'ordered' AND o.order_id = s.order_id
        WHERE s.at > $8
        ORDER BY s.at DESC LIMIT $10
        """,
        sign.value,
        source,
        names,
        keys,
        shown,
        order_id,
        at,
        since,
        _ENDED_UNPAID,
        _MOST_SEEN,
        Why.GIVEN_BACK.value,
    )
    return [seen for row in rows for seen in _seen(row)]


async def marks_of(reader: Reader, order_id: UUID) -> list[BuyerMark]:
    """Whom an order was begun by; nobody that is counted, when it has none."""
    rows = await reader.fetch(
        "SELECT mark, key, shown FROM buyer_signs WHERE order_id = $1 AND sign = 'ordered'", order_id
    )
    return [BuyerMark(mark=Mark(row["mark"]), key=row["key"], shown=row["shown"]) for row in rows]


async def lock(tx: Transaction) -> None:
    """One block at a time is made or lifted: they are few."""
    await tx.execute("LOCK TABLE blocks IN SHARE ROW EXCLUSIVE MODE")


async def is_blocked(reader: Reader, mark: BuyerMark, *, now: datetime) -> bool:
    return bool(
        await reader.fetchval(
            "SELECT true FROM blocks WHERE mark = $1 AND key = $2 AND lifted_at IS NULL AND until > $3 LIMIT 1",
            mark.mark.value,
            mark.key,
            now,
        )
    )


async def add(tx: Transaction, block: Block, key: bytes) -> None:
    await tx.execute(
        """
        INSERT INTO blocks (block_id, mark, key, shown, cause, reason, made_by, made_at, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        block.block_id,
        block.mark.value,
        key,
        block.shown,
        block.cause,
        block.reason,
        block.made_by,
        block.made_at,
        block.until,
    )


async def lift(tx: Transaction, block_id: UUID, *, by: str, at: datetime) -> None:
    """Ends the block, and any other of the same buyer, and forgets what the buyer did, with whichever card."""
    await tx.execute(
        """
        WITH forgotten AS (
            DELETE FROM buyer_signs AS s USING buyer_signs AS own, blocks AS this
            WHERE this.block_id = $1 AND (own.mark, own.key) = (this.mark, this.key)
                AND (s.sign, s.source) = (own.sign, own.source)
        )
        UPDATE blocks AS b SET lifted_at = $2, lifted_by = $3 FROM blocks AS this
        WHERE this.block_id = $1 AND (b.mark, b.key) = (this.mark, this.key) AND b.lifted_at IS NULL
        """,
        block_id,
        at,
        by,
    )


async def get(reader: Reader, block_id: UUID) -> Block | None:
    row = await reader.fetchrow(f"SELECT {_BLOCK} FROM blocks WHERE block_id = $1", block_id)  # noqa: S608
    return _block(row) if row else None


async def under_way(reader: Reader, *, now: datetime) -> frozenset[tuple[Mark, bytes]]:
    """Who can buy nothing now."""
    rows = await reader.fetch("SELECT mark, key FROM blocks WHERE lifted_at IS NULL AND until > $1", now)
    return frozenset((Mark(row["mark"]), row["key"]) for row in rows)


async def find(
    reader: Reader, *, active_at: datetime | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Block]:
    """The newest first: those under way at a moment, or all."""
    moment, block_id = before or (None, None)
    rows = await reader.fetch(
        f"""
        SELECT {_BLOCK} FROM blocks
        WHERE ($1::timestamptz IS NULL OR (lifted_at IS NULL AND until > $1))
            AND ($2::timestamptz IS NULL OR (made_at, block_id) < ($2, $3))
        ORDER BY made_at DESC, block_id DESC LIMIT $4
        """,  # noqa: S608
        active_at,
        moment,
        block_id,
        limit,
    )
    return [_block(row) for row in rows]


async def forget_signs(tx: Transaction, *, before: datetime) -> None:
    """Deletes what no rule looks back to."""
    await tx.execute("DELETE FROM buyer_signs WHERE at < $1", before)


async def forget_blocks(tx: Transaction, *, before: datetime) -> None:
    """Deletes blocks that ended before then."""
    await tx.execute("DELETE FROM blocks WHERE least(until, lifted_at) < $1", before)


def _columns(marks: Sequence[BuyerMark]) -> tuple[list[str], list[bytes], list[str]]:
    return [each.mark.value for each in marks], [each.key for each in marks], [each.shown for each in marks]


def _seen(row: Row) -> list[Seen]:
    signs = [Sign(row["sign"]), *([Sign.UNPAID] if row["unpaid"] else [])]
    return [Seen(mark=Mark(row["mark"]), key=row["key"], sign=sign, at=row["at"]) for sign in signs]


def _block(row: Row) -> Block:
    return Block(**{**row, "mark": Mark(row["mark"])})
