"""All SQL on runs, and on how far they have read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.due_rows import claim_sql
from checkout.reconciliation.domain import OWN, Looked, PartState, Run, RunPart, RunState, Scope

_RUN: Final = """
    run_id, since, until, email, session_id, order_id, account, dry_run, started_by, by_person, agreed, state,
    started_at, finished_at
"""
_INSERT: Final = f"""
INSERT INTO reconciliation_runs ({_RUN}, scope, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, app_now())
"""  # noqa: S608
_PARTS: Final = """
INSERT INTO reconciliation_parts (run_id, number, account, detector)
SELECT $1, number, account, detector
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p (account, detector, number)
"""
_MORE_PARTS: Final = """
INSERT INTO reconciliation_parts (run_id, number, account, detector)
SELECT $1, known.most + p.number, p.account, p.detector
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p (account, detector, number),
     (SELECT max(number) AS most FROM reconciliation_parts WHERE run_id = $1) AS known
"""
# One process at a time goes on with a run; one that dies leaves it to the next.
_CLAIM: Final = claim_sql("reconciliation_runs", "run_id", _RUN)
_PART: Final = "run_id, number, account, detector, state, after, checked, tries, trouble"
# Whoever was slower than its lease finds the part read on by another process, and leaves it as it is.
_READ: Final = """
UPDATE reconciliation_parts
SET state = $4, after = $5, checked = checked + $6, tries = 0, trouble = CASE WHEN $7 = '' THEN trouble ELSE $7 END
WHERE run_id = $1 AND number = $2 AND state = 'due' AND after IS NOT DISTINCT FROM $3
RETURNING true
"""
_LIST: Final = f"""
SELECT {_RUN} FROM reconciliation_runs
WHERE ($1::timestamptz IS NULL OR (started_at, run_id) < ($1, $2::uuid))
ORDER BY started_at DESC, run_id DESC LIMIT $3
"""  # noqa: S608
_TELLS: Final = """
    EXISTS (SELECT FROM reconciliation_differences AS d WHERE d.run_id = r.run_id)
    OR EXISTS (SELECT FROM reconciliation_parts AS p WHERE p.run_id = r.run_id AND p.trouble <> '')
"""
_TELLING: Final = f"""
SELECT {_RUN} FROM reconciliation_runs AS r
WHERE by_person OR until - since > interval '1 hour' OR {_TELLS}
ORDER BY started_at DESC, run_id DESC LIMIT $1
"""  # noqa: S608
# What the clock has begun and nothing was found by tells nobody anything after a while.
_FORGET: Final = """
DELETE FROM reconciliation_runs AS r
WHERE state IN ('done', 'held') AND (
    started_at < $2 OR started_at < $1 AND NOT by_person
    AND NOT EXISTS (SELECT FROM reconciliation_differences AS f WHERE f.run_id = r.run_id)
    AND NOT EXISTS (SELECT FROM reconciliation_parts AS p WHERE p.run_id = r.run_id AND p.trouble <> '')
) AND NOT EXISTS (SELECT FROM reconciliation_differences AS f WHERE f.run_id = r.run_id AND f.open)
"""


async def insert(tx: Transaction, run: Run, parts: Sequence[tuple[str, str]]) -> None:
    """A new run, due now; `parts`: account and detector of each."""
    scope = run.scope
    await tx.execute(
        _INSERT,
        run.run_id,
        scope.since,
        scope.until,
        scope.email,
        scope.session_id,
        scope.order_id,
        run.account,
        run.dry_run,
        run.started_by,
        run.by_person,
        run.agreed,
        run.state.value,
        run.started_at,
        run.finished_at,
        scope.word,
    )
    await tx.execute(_PARTS, run.run_id, [account for account, _ in parts], [detector for _, detector in parts])


async def add_parts(tx: Transaction, run_id: UUID, parts: Sequence[tuple[str, str]]) -> None:
    """More to read, of accounts that were found."""
    await tx.execute(_MORE_PARTS, run_id, [account for account, _ in parts], [detector for _, detector in parts])


async def claim(reader: Reader, *, limit: int, lease: timedelta) -> list[Run]:
    """Runs that somebody is to go on with, each for one lease."""
    return [_run(row) for row in await reader.fetch(_CLAIM, limit, lease)]


async def due_again(tx: Transaction, run_id: UUID, *, after: timedelta = timedelta(0)) -> None:
    """Somebody goes on with it."""
    await tx.execute(
        "UPDATE reconciliation_runs SET due_at = app_now() + $2 WHERE run_id = $1 AND due_at IS NOT NULL",
        run_id,
        after,
    )


async def move(tx: Transaction, run_id: UUID, state: RunState) -> bool:
    """It has been read, or is done; one that is held or done waits for no process. False when it was done before."""
    done = state is RunState.DONE
    moved = await tx.fetchval(
        """
        UPDATE reconciliation_runs
        SET state = $2, due_at = CASE WHEN $3 THEN app_now() END, finished_at = CASE WHEN $4 THEN app_now() END,
            email = NULL
        WHERE run_id = $1 AND state <> 'done' RETURNING true
        """,
        run_id,
        state.value,
        state in {RunState.READING, RunState.REPAIRING},
        done,
    )
    return bool(moved)


async def agree(tx: Transaction, run_id: UUID) -> bool:
    """A person wants all of its repairs; False when it does not wait for that."""
    agreed = await tx.fetchval(
        "UPDATE reconciliation_runs SET agreed = true, state = 'repairing', due_at = app_now()"
        " WHERE run_id = $1 AND state = 'held' RETURNING true",
        run_id,
    )
    return bool(agreed)


async def get(reader: Reader, run_id: UUID) -> Run | None:
    row = await reader.fetchrow(f"SELECT {_RUN} FROM reconciliation_runs WHERE run_id = $1", run_id)  # noqa: S608
    return _run(row) if row else None


async def find(reader: Reader, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Run]:
    """The newest first."""
    return [_run(row) for row in await reader.fetch(_LIST, *(before or (None, None)), limit)]


async def telling(reader: Reader, *, limit: int) -> list[Run]:
    """The newest, without those that a clock begins all the time and that had nothing to tell."""
    return [_run(row) for row in await reader.fetch(_TELLING, limit)]


async def under_way(reader: Reader, started_by: str) -> bool:
    """Whether one that this job has begun is not done yet."""
    return bool(
        await reader.fetchval(
            "SELECT true FROM reconciliation_runs"
            " WHERE started_by = $1 AND NOT by_person AND due_at IS NOT NULL LIMIT 1",
            started_by,
        )
    )


async def forget(tx: Transaction, *, idle_before: datetime, all_before: datetime) -> None:
    """Deletes runs: those by the clock that found nothing, and all old ones, but for what waits for a person."""
    await tx.execute(_FORGET, idle_before, all_before)


async def parts(reader: Reader, run_id: UUID) -> list[RunPart]:
    """In the order in which they are read: what belongs to us alone is looked at last."""
    rows = await reader.fetch(
        f"SELECT {_PART} FROM reconciliation_parts WHERE run_id = $1 ORDER BY account = $2, number",  # noqa: S608
        run_id,
        OWN,
    )
    return [RunPart(**{**row, "state": PartState(row["state"])}) for row in rows]


async def read(tx: Transaction, part: RunPart, looked: Looked) -> bool:
    """A page further; False when somebody else has read it meanwhile."""
    state = PartState.READ if looked.after is None else PartState.DUE
    return bool(
        await tx.fetchval(
            _READ, part.run_id, part.number, part.after, state.value, looked.after, looked.checked, looked.unread
        )
    )


async def not_read(tx: Transaction, part: RunPart, trouble: str, *, give_up: bool) -> bool:
    """Its next page could not be read; `give_up`: nobody tries again. False when somebody else has read it by now."""
    noted = await tx.fetchval(
        """
        UPDATE reconciliation_parts
        SET tries = tries + 1, state = CASE WHEN $4 THEN 'unreadable' ELSE state END,
            trouble = CASE WHEN $4 THEN $5 ELSE trouble END
        WHERE run_id = $1 AND number = $2 AND state = 'due' AND after IS NOT DISTINCT FROM $3
        RETURNING true
        """,
        part.run_id,
        part.number,
        part.after,
        give_up,
        trouble,
    )
    return bool(noted)


def _run(row: Row) -> Run:
    scope = Scope(**{name: row[name] for name in ("since", "until", "email", "session_id", "order_id")})
    plain = ("run_id", "account", "dry_run", "started_by", "by_person", "agreed", "started_at", "finished_at")
    return Run(scope=scope, state=RunState(row["state"]), **{name: row[name] for name in plain})
