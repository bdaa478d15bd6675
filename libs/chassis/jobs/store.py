"""All SQL on jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chassis.database import Reader, Row, Transaction
from chassis.jobs.domain import JobState, Outcome, PlannedJob, Run, StartedBy

# How long ended runs are kept.
KEPT: Final = timedelta(days=400)
# A job that no process has declared for so long is none any more.
GONE: Final = timedelta(days=1)

_RUN: Final = (
    *("id", "job", "due_at", "attempt", "started_by", "person", "begins_at", "began_at", "lease_until", "ended_at"),
    *("outcome", "error", "given_up", "note", "ended_by"),
)
_JOB: Final = ("name", "purpose", "reminder", "schedule", "at_most", "due_at", "last_due_at", "declared_at")


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name} AS {table}_{name}" for name in names)


_STATES: Final = f"""
SELECT app_now() AS now, {_columns("j", _JOB)}, {_columns("o", _RUN)}, {_columns("l", _RUN)}
FROM jobs AS j
LEFT JOIN job_runs AS o ON o.job = j.name AND o.ended_at IS NULL
LEFT JOIN LATERAL (
    SELECT {", ".join(_RUN)} FROM job_runs WHERE job = j.name AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1
) AS l ON true
"""  # noqa: S608 names of columns, all ours


_ALL: Final = ", ".join(_RUN)
_BEGIN: Final = f"""
UPDATE job_runs SET began_at = coalesce(began_at, app_now()), lease_until = app_now() + $2::interval
WHERE id = $1 RETURNING {_ALL}
"""  # noqa: S608
_END: Final = f"""
UPDATE job_runs SET ended_at = app_now(), began_at = coalesce(began_at, app_now()), lease_until = NULL,
    outcome = $2, error = $3, given_up = $4, note = $5, ended_by = $6
WHERE id = $1 AND ended_at IS NULL RETURNING {_ALL}
"""  # noqa: S608
_RUNS: Final = f"""
SELECT {_ALL} FROM job_runs WHERE job = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of all jobs.

    now: by the clock of the database, which is the same for all processes
    jobs: by name
    """

    now: datetime
    jobs: dict[str, JobState]


async def known(reader: Reader) -> Known:
    """What is known of each job, by name."""
    rows = await reader.fetch(f"{_STATES} ORDER BY j.name")
    moment = rows[0]["now"] if rows else await now(reader)
    return Known(moment, {row["j_name"]: _state(row) for row in rows})


async def locked(tx: Transaction, name: str, *, patient: bool = False) -> tuple[datetime, JobState] | None:
    """The time and the job, whose row nobody else changes now; None when there is none, or somebody does.

    `patient`: waits until nobody does.
    """
    lock = "FOR UPDATE" if patient else "FOR UPDATE SKIP LOCKED"
    if not await tx.fetchval(f"SELECT name FROM jobs WHERE name = $1 {lock}", name):  # noqa: S608 two words of ours
        return None
    row = await tx.fetchrow(f"{_STATES} WHERE j.name = $1", name)
    return (row["now"], _state(row)) if row else None


async def now(reader: Reader) -> datetime:
    """The time by the clock of the database."""
    moment: datetime = await reader.fetchval("SELECT app_now()")
    return moment


async def add(tx: Transaction, planned: PlannedJob, *, due_at: datetime) -> None:
    """Adds a job, unless another process just has."""
    await tx.execute(
        """
        INSERT INTO jobs (name, purpose, reminder, schedule, at_most, due_at, declared_at)
        VALUES ($1, $2, $3, $4, $5, $6, app_now()) ON CONFLICT (name) DO NOTHING
        """,
        *_described(planned),
        due_at,
    )


async def change(tx: Transaction, planned: PlannedJob, *, due_at: datetime) -> None:
    """Writes down what a job is now, whose row is locked, and when it is due next."""
    await tx.execute(
        """
        UPDATE jobs SET purpose = $2, reminder = $3, schedule = $4, at_most = $5, due_at = $6, declared_at = app_now()
        WHERE name = $1
        """,
        *_described(planned),
        due_at,
    )


async def forget_undeclared(tx: Transaction) -> None:
    """Lets go of jobs that nobody declares any more; their runs stay for as long as others."""
    await tx.execute("DELETE FROM jobs WHERE declared_at < app_now() - $1::interval", GONE)
    await tx.execute("DELETE FROM job_runs WHERE ended_at < app_now() - $1::interval", KEPT)


async def due_is_taken(tx: Transaction, name: str, *, next_due: datetime) -> None:
    """Notes that a run exists for the moment that was due, and when the next one is."""
    await tx.execute("UPDATE jobs SET last_due_at = due_at, due_at = $2 WHERE name = $1", name, next_due)


async def plan(
    tx: Transaction,
    job: str,
    *,
    due_at: datetime,
    attempt: int = 1,
    started_by: StartedBy,
    person: str = "",
    pause: timedelta = timedelta(0),
) -> int:
    """Adds a run that waits until after a pause; returns its id."""
    run_id: int = await tx.fetchval(
        """
        INSERT INTO job_runs (job, due_at, attempt, started_by, person, begins_at)
        VALUES ($1, $2, $3, $4, $5, app_now() + $6::interval) RETURNING id
        """,
        job,
        due_at,
        attempt,
        started_by,
        person,
        pause,
    )
    return run_id


async def begin(tx: Transaction, run_id: int, *, lease: timedelta) -> Run:
    """Gives a run to this process for a lease."""
    return await _changed(
        tx,
        _BEGIN,
        run_id,
        lease,
    )


async def hold(database: Reader, run_id: int, *, lease: timedelta) -> bool:
    """Makes a run's lease longer; False when the run is not this process's any more."""
    held = await database.fetchval(
        """
        UPDATE job_runs SET lease_until = app_now() + $2::interval
        WHERE id = $1 AND ended_at IS NULL RETURNING true
        """,
        run_id,
        lease,
    )
    return held is True


async def end(
    tx: Transaction,
    run_id: int,
    outcome: Outcome,
    *,
    error: str = "",
    given_up: bool = False,
    note: str = "",
    ended_by: str = "",
) -> Run | None:
    """Keeps how a run ended; None when it has been ended by somebody else meanwhile."""
    row = await tx.fetchrow(
        _END,
        run_id,
        outcome,
        error,
        given_up,
        note,
        ended_by,
    )
    return _run(row) if row else None


async def remind_later(tx: Transaction, run_id: int, *, again: timedelta) -> None:
    """Keeps a reminder open after people were reminded, until they are reminded again."""
    await tx.execute(
        """
        UPDATE job_runs SET lease_until = NULL, begins_at = app_now() + $2::interval, attempt = attempt + 1
        WHERE id = $1 AND ended_at IS NULL
        """,
        run_id,
        again,
    )


async def begin_now(tx: Transaction, run_id: int) -> None:
    """Lets a run that waits begin at once."""
    await tx.execute("UPDATE job_runs SET begins_at = app_now() WHERE id = $1", run_id)


async def runs(reader: Reader, job: str, *, before: int | None, limit: int) -> list[Run]:
    """Runs of a job, the newest first; `before`: those with smaller ids."""
    rows = await reader.fetch(
        _RUNS,
        job,
        before,
        limit,
    )
    return [_run(row) for row in rows]


async def _changed(tx: Transaction, sql: str, *args: object) -> Run:
    row = await tx.fetchrow(sql, *args)
    if row is None:
        raise LookupError("a run that was locked is gone")
    return _run(row)


def _described(planned: PlannedJob) -> tuple[object, ...]:
    job = planned.job
    return job.name, job.purpose, job.reminder, str(planned.schedule), job.at_most


def _state(row: Row) -> JobState:
    job = {name: row[f"j_{name}"] for name in _JOB}
    return JobState(**job, open=_prefixed(row, "o"), last=_prefixed(row, "l"))


def _prefixed(row: Row, table: str) -> Run | None:
    return _run({name: row[f"{table}_{name}"] for name in _RUN}) if row[f"{table}_id"] is not None else None


def _run(row: Any) -> Run:
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    values = {name: row[name] for name in _RUN}
    return Run(**{**values, "outcome": outcome, "started_by": StartedBy(row["started_by"])})
