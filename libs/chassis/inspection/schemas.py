"""What each look finds, as it travels."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from chassis.http.models import Body, Out

LONGEST: Final = 60


class Kind(StrEnum):
    """What one looks at."""

    STACKS = "stacks"
    TASKS = "tasks"
    PROFILE = "profile"
    HEAP = "heap"
    QUERIES = "queries"


class Wish(Body):
    """How long to look."""

    seconds: int = Field(10, ge=1, le=LONGEST, description="Of a profile or heap; the others take a moment")


class Stack(Out):
    """Where some threads or tasks stand."""

    names: list[str] = Field(description="Who stands there, ten at most")
    count: int = Field(description="How many they are")
    frames: list[str] = Field(description="As module:line function, the innermost last")


class Stacks(Out):
    """Where everything stands at this moment."""

    kind: Literal[Kind.STACKS] = Kind.STACKS
    threads: list[Stack]
    tasks: list[Stack]


class TaskGroup(Out):
    """Tasks that do the same at the same place."""

    name: str = Field(description="The name that the code gave them, else their coroutine")
    count: int = Field(description="How many they are")
    waits_at: str = Field(description="The innermost place, as module:line function")


class Tasks(Out):
    """The tasks of the event loop."""

    kind: Literal[Kind.TASKS] = Kind.TASKS
    total: int = Field(description="All tasks")
    groups: list[TaskGroup] = Field(description="The largest first")


class Profile(Out):
    """What the event loop's thread spent its time on."""

    kind: Literal[Kind.PROFILE] = Kind.PROFILE
    seconds: float = Field(description="How long it was looked at")
    samples: int = Field(description="How often it was looked at")
    tree: str = Field(description="The calls by time, for people")
    speedscope: dict[str, Any] = Field(description="The same for https://www.speedscope.app")


class Growth(Out):
    """A type of which there are more objects than before."""

    type: str = Field(description="With its module")
    count: int = Field(description="Objects now")
    grown: int = Field(description="How many more than at the beginning")


class Allocation(Out):
    """A place that took memory and has not given it back."""

    bytes: int = Field(description="What it still has of what it took while we looked")
    blocks: int = Field(description="In how many pieces")
    frames: list[str] = Field(description="As file:line, the innermost last")


class Heap(Out):
    """What grew in memory."""

    kind: Literal[Kind.HEAP] = Kind.HEAP
    seconds: float = Field(description="How long it was looked at")
    resident_before: int = Field(description="Bytes of memory at the beginning")
    resident_after: int = Field(description="Bytes of memory at the end")
    types: list[Growth] = Field(description="The fastest growing first")
    places: list[Allocation] = Field(description="The largest first")


class Session(Out):
    """A connection to the service's database."""

    pid: int = Field(description="The process of PostgreSQL")
    application: str = Field(description="Who is connected")
    state: str = Field(description="`active`, `idle`, `idle in transaction` …; empty where we may not know")
    seconds: float | None = Field(description="How long it is in that state")
    transaction_seconds: float | None = Field(description="How long its transaction is open")
    waits_for: str | None = Field(description="What it waits for, in PostgreSQL's words")
    lock: str | None = Field(description="The lock that it waits for")
    blocked_by: list[int] = Field(description="The pids that keep it waiting")
    statement: str = Field(description="What it runs, or ran last, without values")


class Statement(Out):
    """A statement and what it cost since PostgreSQL began to count."""

    calls: int
    total_ms: float
    mean_ms: float
    statement: str = Field(description="Without values")


class Queries(Out):
    """What PostgreSQL does in this service's database."""

    kind: Literal[Kind.QUERIES] = Kind.QUERIES
    sessions: list[Session] = Field(description="The oldest transaction first")
    costliest: list[Statement] | None = Field(
        description="By total time; null where pg_stat_statements is not installed"
    )


class InspectionOut(Out):
    """A look into a process."""

    service: str
    process: str = Field(description="Which of the service's processes answered, by role and slot")
    pid: int
    began_at: datetime
    ended_early: bool = Field(description="Whether it ended before its time: the process was too busy, or stops")
    found: Annotated[Stacks | Tasks | Profile | Heap | Queries, Field(discriminator="kind")]
