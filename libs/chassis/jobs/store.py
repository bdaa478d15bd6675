"""All SQL on jobs."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Database, Reader
from chassis.jobs.domain import Job, JobState, Outcome

_STATES = "SELECT name, due_at, began_at, ended_at, outcome, error FROM jobs ORDER BY name"

_CLAIM = """
UPDATE jobs AS j SET began_at = d.now, ended_at = NULL, lease_until = d.now + d.at_most, due_at = d.now + d.every
FROM (
    SELECT name, every, at_most, app_now() AS now FROM jobs
    JOIN unnest($1::text[], $2::interval[], $3::interval[]) AS declared (name, every, at_most) USING (name)
    WHERE due_at <= app_now() AND lease_until <= app_now() ORDER BY due_at LIMIT $4 FOR UPDATE OF jobs SKIP LOCKED
) AS d
WHERE j.name = d.name RETURNING j.name
"""


async def know(database: Database, jobs: Sequence[Job]) -> None:
    """Makes the rows of new jobs, due at once, and lets go of those that no room declares any more."""
    names = [job.name for job in jobs]
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO jobs (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING", sorted(names)
        )
        await tx.execute("DELETE FROM jobs WHERE name <> ALL($1::text[])", names)


async def claim(database: Database, jobs: Sequence[Job], *, limit: int) -> list[str]:
    """Takes jobs that are due, each for as long as a run may take; returns their names."""
    names, every, at_most = zip(*((job.name, job.every, job.at_most) for job in jobs), strict=True)
    return [row["name"] for row in await database.fetch(_CLAIM, list(names), list(every), list(at_most), limit)]


async def end(database: Database, name: str, outcome: Outcome, *, error: str | None = None) -> None:
    """Keeps how a run ended, and lets others take the job again."""
    await database.execute(
        "UPDATE jobs SET ended_at = app_now(), lease_until = app_now(), outcome = $2, error = $3 WHERE name = $1",
        name,
        outcome,
        error,
    )


async def states(reader: Reader) -> list[JobState]:
    """What is known of each job, by name."""
    return [
        JobState(**{**row, "outcome": Outcome(row["outcome"]) if row["outcome"] else None})
        for row in await reader.fetch(_STATES)
    ]
