"""Figures of jobs, from what the processes that run them say in their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources, living


async def late_jobs(sources: Sources) -> Sequence[Reading]:
    """Seconds since when a job is due without anybody at it."""
    late: dict[tuple[str, str], float] = {}
    for told in living(sources.situation):
        for job, seconds in told.late_jobs.items():
            late[told.service, job] = max(seconds, late.get((told.service, job), 0))
    return [_reading(service, job, seconds) for (service, job), seconds in late.items()]


async def failed_jobs(sources: Sources) -> Sequence[Reading]:
    """1 for each job whose last run was given up."""
    failed = {(told.service, job) for told in living(sources.situation) for job in told.failed_jobs}
    return [_reading(service, job, 1) for service, job in sorted(failed)]


def _reading(service: str, job: str, value: float) -> Reading:
    return Reading(labels={"service": service, "job": job}, value=value)
