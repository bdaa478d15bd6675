"""Models of the jobs' requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chassis.http.models import Words
from chassis.jobs import Outcome, Standing, StartedBy
from eventbus.admin.models import Wire


class RunQuery(Wire):
    """Asks for one page of a job's runs."""

    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,18}$", description="nextCursor of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class RunView(Wire):
    """One try of a job, or the wait for it."""

    id: int
    due_at: Annotated[datetime, Field(description="the moment that it is for")]
    attempt: Annotated[int, Field(description="1 for the first try; of a reminder: how often people were reminded")]
    started_by: StartedBy
    person: Annotated[str, Field(description="who started it, if somebody did")]
    began_at: datetime | None
    ended_at: datetime | None
    seconds: Annotated[float | None, Field(description="how long it took")]
    outcome: Annotated[Outcome | None, Field(description="null while it waits or is under way")]
    error: Annotated[str, Field(description="the kind of the error that it failed with")]
    given_up: Annotated[bool, Field(description="whether no other try follows from the failure")]
    note: Annotated[str, Field(description="what the person wrote who ticked it off")]
    ended_by: Annotated[str, Field(description="who ticked it off")]


class JobView(Wire):
    """A job with its times and its last run."""

    service: str
    name: str
    purpose: str
    reminder: Annotated[bool, Field(description="whether a person does it, and ticks it off")]
    schedule: Annotated[str, Field(description="when it is due: cron form and time zone")]
    at_most_seconds: Annotated[int, Field(description="how long a run may take")]
    standing: Standing
    due_at: Annotated[datetime, Field(description="when it is due next")]
    behind_seconds: Annotated[int, Field(description="since when it is due without anybody at it")]
    open: Annotated[RunView | None, Field(description="the run that waits or is under way")]
    last: Annotated[RunView | None, Field(description="the last run that has ended")]


class JobList(Wire):
    data: list[JobView]


class RunPage(Wire):
    """One page of a job's runs, newest first."""

    data: list[RunView]
    next_cursor: str | None


class Ticked(Wire):
    """What a person did."""

    note: Annotated[Words, Field(description="kept in the job's history, with who did it")]
