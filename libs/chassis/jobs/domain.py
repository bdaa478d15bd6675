"""What a job is, and what is known of it. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is due every so often.

    name: what people call it, unique in the service: `forget-refusals`
    purpose: what it does, as a sentence
    every: from one run's beginning to the next
    at_most: how long a run may take; then it is cancelled, and another process may begin
    work: does it; safe to repeat, since a process may die in the middle
    """

    name: str
    purpose: str
    every: timedelta
    at_most: timedelta
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What is known of a job.

    name: the job's
    due_at: when it runs next
    began_at, ended_at: of the last run; None before the first, and `ended_at` while one is under way
    outcome: how the last run ended
    error: the kind of the error that it failed with
    """

    name: str
    due_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    error: str | None
