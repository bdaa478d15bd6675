"""Who did what to letters, subscriptions and the archive: rows that are only ever added, in the act's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.database import Reader, Transaction


class Action(StrEnum):
    REDRIVEN = "redriven"
    DROPPED = "dropped"
    STARTED = "started"
    MOVED = "moved"
    REPUBLISHED = "republished"
    SENT_AGAIN = "sent_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`actor` is the email of the person's token; `detail` are the person's own words, or what was moved where."""

    at: datetime
    actor: str
    action: Action
    detail: str


async def record(tx: Transaction, action: Action, *, actor: str, group: str | None, detail: str) -> None:
    await tx.execute(
        "INSERT INTO operator_actions (at, actor, action, group_name, detail) VALUES (app_now(), $1, $2, $3, $4)",
        actor,
        action,
        group,
        detail,
    )


async def record_letters(
    tx: Transaction, action: Action, letter_ids: Sequence[int], *, actor: str, detail: str
) -> None:
    """One row a letter, so that each tells its own story."""
    await tx.execute(
        """
        INSERT INTO operator_actions (at, actor, action, group_name, letter_id, detail)
        SELECT app_now(), $2, $3, group_name, id, $4 FROM dead_letters WHERE id = ANY($1::bigint[])
        """,
        letter_ids,
        actor,
        action,
        detail,
    )


async def of_letter(reader: Reader, letter_id: int) -> list[Act]:
    rows = await reader.fetch(
        "SELECT at, actor, action, detail FROM operator_actions WHERE letter_id = $1 ORDER BY id", letter_id
    )
    return [Act(at=row["at"], actor=row["actor"], action=Action(row["action"]), detail=row["detail"]) for row in rows]
