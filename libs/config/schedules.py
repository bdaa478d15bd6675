"""schedules.yaml: when the jobs of each service are due, and of what people are reminded (O-5).

Which jobs there are is the services' business: each refuses its own part when that names a job that it doesn't have, or
leaves one out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from chassis.jobs import check_cron
from config.values import Id, Model, Text


def _cron(value: object) -> str:
    return check_cron(value if isinstance(value, str) else "")


Cron = Annotated[str, BeforeValidator(_cron)]


class Reminder(Model):
    """Something that only a person can do."""

    at: Cron = Field(description="when people are reminded, in cron form")
    text: Text = Field(max_length=300, description="what is to be done, as a sentence")


class Schedules(Model):
    """schedules.yaml: when the jobs of each service are due, and of what people are reminded."""

    jobs: Mapping[Id, Mapping[Id, Cron]] = Field(description="service → job → when it is due, in cron form")
    reminders: Mapping[Id, Reminder] = Field(
        default_factory=dict, description="name → what a person does and ticks off, and when"
    )
