"""The conditions with which a person's wish about a job is refused."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownJob(Condition):
    """No job of the service has this name."""

    status = 404
    code = "unknown_job"
    title = "No such job"
    meaning = "This service has no job of this name."
    remedy = "Look for it with GET /api/admin/jobs, which has the jobs of all services."


class JobRunning(Condition):
    """A process is at the job right now."""

    status = 409
    code = "job_running"
    title = "The job is running"
    meaning = "A process is at this job right now; one run of a job is made at a time."
    remedy = "Wait for its end, which its history shows."


class NoReminder(Condition):
    """A job that no person does can't be ticked off."""

    status = 409
    code = "no_reminder"
    title = "The job is no reminder"
    meaning = "The system does this job by itself; only what a person does is ticked off."
    remedy = "Let it run with POST …/run."
