"""schedules.yaml: when the jobs of each service are due, by the clock of the business (O-5).

Which jobs there are is the services' business: each refuses its own part when that names a job that it doesn't have, or
leaves one out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from chassis.jobs import check_cron
from config.values import Id, Model


def _cron(value: object) -> str:
    return check_cron(value if isinstance(value, str) else "")


Cron = Annotated[str, BeforeValidator(_cron)]


class Schedules(Model):
    """schedules.yaml: when the jobs of each service are due."""

    jobs: Mapping[Id, Mapping[Id, Cron]] = Field(description="service → job → when it is due, in cron form")
