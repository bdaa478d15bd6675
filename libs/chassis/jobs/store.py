"""All SQL on jobs."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Database, Reader
from chassis.jobs.domain import Job, JobState, Outcome

_STATES = "SELECT name, due_at, began_at, ended_at, outcome, error FROM jobs ORDER BY name"

_CLAIM = """
UPDATE jobs AS j SET began_at = d.now, ended_at = NULL, lease_until = d.now + d.at_most
FROM (
    SELECT name, at_most, app_now() AS now FROM jobs
    JOIN unnest($1::text[], $2::interval[]) AS declared (name, at_most) USING (name)
    WHERE due_at <= app_now() AND lease_until <= app_now() ORDER BY due_at LIMIT $3 FOR UPDATE OF jobs SKIP LOCKED
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
    names, at_most = [job.name for job in jobs], [job.at_most for job in jobs]
    return [row["name"] for row in await database.fetch(_CLAIM, names, at_most, limit)]


async def end(database: Database, job: Job, outcome: Outcome, *, error: str | None = None) -> None:
    """Keeps how a run ended, and when the next one is due; a run that never ends stays due, for whoever comes next."""
    await database.execute(
        """
        UPDATE jobs SET ended_at = app_now(), lease_until = app_now(), due_at = began_at + $2, outcome = $3, error = $4
        WHERE name = $1
        """,
        job.name,
        job.every,
        outcome,
        error,
    )


async def states(reader: Reader) -> list[JobState]:
    """What is known of each job, by name."""
    return [
        JobState(**{**row, "outcome": Outcome(row["outcome"]) if row["outcome"] else None})
        for row in await reader.fetch(_STATES)
    ]
