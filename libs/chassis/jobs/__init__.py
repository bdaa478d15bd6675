"""Jobs: bounded work at set times, done once by whichever process of the service comes first, with its outcome kept.

A room declares its jobs in its `jobs.py`, schedules.yaml says when they are due, and the service's `app.py` gives them
to one `JobRunner`. What must happen within seconds is no job: that is a loop over due rows (`chassis.due_rows`), or a
`Periodic` of the process itself.
"""

from __future__ import annotations

from chassis.jobs.domain import Job, JobState, MonthWork, Outcome, PlannedJob, Run, Standing, StartedBy
from chassis.jobs.runner import JobRunner
from chassis.jobs.runs import Pace
from chassis.jobs.schedule import Schedule, check_cron

__all__ = [
    "Job",
    "JobRunner",
    "JobState",
    "MonthWork",
    "Outcome",
    "Pace",
    "PlannedJob",
    "Run",
    "Schedule",
    "Standing",
    "StartedBy",
    "check_cron",
]
