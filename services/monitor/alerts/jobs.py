"""What people are told and reminded of at set times, each by an alert that tells it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from config import Reminder
from eventbus.operation.jobs import Remind
from events import AlertKind, Severity
from monitor.alerts.domain import Matter
from monitor.alerts.reviews import errors_matter, health_matter
from monitor.alerts.service import AlertService
from monitor.figures import service as figures
from monitor.health.domain import assess
from monitor.health.watch import HealthWatch

RULE: Final = "reminder"
WAY: Final = "schedule"
_DAY: Final = timedelta(days=1)
_SHORT: Final = timedelta(minutes=1)


def jobs(alerts: AlertService, database: Database, watch: HealthWatch, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room: what people read in the morning, if there is anything to say."""

    async def tell(matter: Matter | None) -> None:
        if matter is not None:
            async with database.transaction() as tx:
                await alerts.raise_(tx, matter, way=WAY)

    async def check_health() -> None:
        await tell(health_matter(assess(await watch.fresh())))

    async def review_errors() -> None:
        await tell(errors_matter(await figures.errors(database, since=clock.now() - _DAY)))

    return (
        Job(
            name="health-check",
            purpose="Tells what is not healthy.",
            at_most=_SHORT,
            work=check_health,
        ),
        Job(
            name="error-review",
            purpose="Tells the most frequent errors of the last day.",
            at_most=_SHORT,
            work=review_errors,
        ),
    )


def reminders(alerts: AlertService, database: Database) -> Remind:
    """Makes a job of each reminder of schedules.yaml."""

    def job(name: str, reminder: Reminder) -> Job:
        async def remind() -> None:
            async with database.transaction() as tx:
                await alerts.raise_(tx, matter_of(name, reminder), way=WAY)

        return Job(name=name, purpose=reminder.text, at_most=_SHORT, work=remind, reminder=True)

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
