"""The jobs that every service has."""

from __future__ import annotations

from datetime import timedelta

from chassis.database_care import take_care
from chassis.jobs import Job
from chassis.settings import HostSettings


def common_jobs(settings: HostSettings) -> tuple[Job, ...]:
    """Looks after what each service has for itself: its database."""

    async def care() -> None:
        await take_care(settings.database_url.get_secret_value(), application=f"{settings.service} maintenance")

    return (
        Job(
            name="database-maintenance",
            purpose="Clears away dead rows, renews statistics, and writes indexes afresh, while everybody works on.",
            at_most=timedelta(hours=3),
            work=care,
        ),
    )
