"""All SQL on passes and their uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.passes.domain import Pass, Use, holder_of
from events import OrderCustomer, OrderId, PassState

_COLUMNS: Final = """
    pass_id, order_id, order_number, order_version, line, item_id, name, holder_id, customer, source, live_mode,
    version, state, code, entries, used, valid_from, valid_until
"""
_USE: Final = "use_id, number, place, used_by, used_at, undone_at, undone_by, undone_reason"
_INSERT: Final = f"""
INSERT INTO passes ({_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (pass_id) DO NOTHING
RETURNING true
"""  # noqa: S608
_FIND: Final = f"""
SELECT {_COLUMNS} FROM passes
WHERE ($1::uuid IS NULL OR holder_id = $1)
  AND ($2::text IS NULL OR item_id = $2)
  AND ($3::text IS NULL OR state = $3)
  AND ($4::uuid IS NULL OR order_id = $4)
  AND ($5::text IS NULL OR order_number = $5)
  AND ($6::timestamptz IS NULL OR (valid_from, pass_id) < ($6, $7::uuid))
ORDER BY valid_from DESC, pass_id DESC LIMIT $8
"""  # noqa: S608


# Of a pass that is good for no longer than this its owner has heard when it was bought.
_ENDING: Final = f"""
UPDATE passes SET noticed_at = $1, version = version + 1
WHERE pass_id IN (
    SELECT pass_id FROM passes
    WHERE noticed_at IS NULL AND state = 'active' AND used < entries
      AND valid_until > $1 AND valid_until <= $1 + $2::interval AND valid_until - valid_from > $2::interval
    ORDER BY valid_until LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class PassFilters:
    """Which passes are listed; None: any.

    email: whose
    item_id: of which kind
    state: where they stand
    order_id, order_number: bought with which order
    """

    email: str | None = None
    item_id: str | None = None
    state: str | None = None
    order_id: UUID | None = None
    order_number: str | None = None


async def insert(tx: Transaction, made: Pass) -> bool:
    """Whether it is new."""
    return bool(await tx.fetchval(_INSERT, *_values(made)))


async def get(reader: Reader, pass_id: UUID) -> Pass | None:
    row = await reader.fetchrow(f"SELECT {_COLUMNS} FROM passes WHERE pass_id = $1", pass_id)  # noqa: S608
    return _pass(row) if row else None


async def get_locked(tx: Transaction, pass_id: UUID) -> Pass | None:
    """With its row locked until the end of the transaction."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM passes WHERE pass_id = $1 FOR UPDATE", pass_id)  # noqa: S608
    return _pass(row) if row else None


async def update(tx: Transaction, changed: Pass) -> None:
    """Keeps what can change of a pass; its row is locked."""
    await tx.execute(
        "UPDATE passes SET version = $2, state = $3, used = $4, order_version = $5 WHERE pass_id = $1",
        changed.pass_id,
        changed.version,
        changed.state.value,
        changed.used,
        changed.order_version,
    )


async def find(reader: Reader, wanted: PassFilters, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Pass]:
    """The newest first; `before` is the place of the last one on the page before."""
    holder = holder_of(wanted.email) if wanted.email else None
    place = before or (None, None)
    rows = await reader.fetch(
        _FIND, holder, wanted.item_id, wanted.state, wanted.order_id, wanted.order_number, *place, limit
    )
    return [_pass(row) for row in rows]


async def of_holder(reader: Reader, holder_id: UUID) -> list[Pass]:
    """All passes of a holder, those that end last first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM passes WHERE holder_id = $1 ORDER BY valid_until DESC, pass_id",  # noqa: S608
        holder_id,
    )
    return [_pass(row) for row in rows]


async def active(reader: Reader, item_id: str) -> int:
    """How many passes of a kind can still be used."""
    found: int = await reader.fetchval(
        """
        SELECT count(*) FROM passes
        WHERE item_id = $1 AND state <> 'ended' AND used < entries AND valid_until > app_now()
        """,
        item_id,
    )
    return found


async def take_ending(tx: Transaction, *, now: datetime, within: timedelta, limit: int) -> list[Pass]:
    """Passes with entries left that end within this time, each once."""
    return [_pass(row) for row in await tx.fetch(_ENDING, now, within, limit)]


async def add_use(tx: Transaction, pass_id: UUID, use: Use) -> None:
    await tx.execute(
        f"INSERT INTO pass_uses (pass_id, {_USE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",  # noqa: S608
        pass_id,
        use.use_id,
        use.number,
        use.place,
        use.used_by,
        use.used_at,
        use.undone_at,
        use.undone_by,
        use.undone_reason,
    )


async def undo_use(tx: Transaction, pass_id: UUID, undone: Use) -> None:
    """Keeps of a use that it counts no more; its pass's row is locked."""
    await tx.execute(
        """
        UPDATE pass_uses SET undone_at = $3, undone_by = $4, undone_reason = $5
        WHERE pass_id = $1 AND use_id = $2
        """,
        pass_id,
        undone.use_id,
        undone.undone_at,
        undone.undone_by,
        undone.undone_reason,
    )


async def uses(reader: Reader, pass_ids: Sequence[UUID]) -> Mapping[UUID, list[Use]]:
    """Of each of these passes, the newest first."""
    rows = await reader.fetch(
        f"""
        SELECT pass_id, {_USE} FROM pass_uses
        WHERE pass_id = ANY($1::uuid[]) ORDER BY pass_id, used_at DESC, number DESC
        """,  # noqa: S608
        list(pass_ids),
    )
    found: dict[UUID, list[Use]] = {pass_id: [] for pass_id in pass_ids}
    for row in rows:
        found[row["pass_id"]].append(Use(**{name: value for name, value in row.items() if name != "pass_id"}))
    return found


def _values(made: Pass) -> tuple[object, ...]:
    return (
        made.pass_id,
        made.order_id,
        made.order_number,
        made.order_version,
        made.line,
        made.item_id,
        made.name,
        made.holder_id,
        made.customer.model_dump(mode="json"),
        made.source,
        made.live_mode,
        made.version,
        made.state.value,
        made.code,
        made.entries,
        made.used,
        made.valid_from,
        made.valid_until,
    )


def _pass(row: Row) -> Pass:
    return Pass(
        **{
            **row,
            "order_id": OrderId(row["order_id"]),
            "customer": OrderCustomer.model_validate(row["customer"]),
            "state": PassState(row["state"]),
        }
    )
