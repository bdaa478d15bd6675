"""What people are reminded of at set times, by an alert that tells it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.jobs import Job
from config import Reminder
from eventbus.operation.jobs import Remind
from events import AlertKind, Severity
from monitor.alerts.domain import Matter
from monitor.alerts.service import AlertService

RULE: Final = "reminder"
WAY: Final = "schedule"


def reminders(alerts: AlertService, database: Database) -> Remind:
    """Makes a job of each reminder of schedules.yaml."""

    def job(name: str, reminder: Reminder) -> Job:
        async def remind() -> None:
            async with database.transaction() as tx:
                await alerts.raise_(tx, matter_of(name, reminder), way=WAY)

        return Job(name=name, purpose=reminder.text, at_most=timedelta(minutes=1), work=remind, reminder=True)

    return job


def matter_of(name: str, reminder: Reminder) -> Matter:
    """A notice that says what is to be done, and how it is ticked off."""
    return Matter(
        rule=RULE,
        kind=AlertKind.NOTICE,
        severity=Severity.LOW,
        category="operations",
        labels={"job": name},
        summary=f"To do: {reminder.text} Then: fullhouse jobs done {name} --note …",
    )
