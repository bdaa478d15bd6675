"""What is done about webhooks at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.jobs import Job
from checkout.webhooks.refusals import Refusals


def jobs(refusals: Refusals) -> tuple[Job, ...]:
    """The jobs of this room."""
    return (
        Job(
            name="forget-refusals",
            purpose="Forgets requests that were refused at the door more than 30 days ago.",
            at_most=timedelta(minutes=1),
            work=refusals.forget,
        ),
    )
