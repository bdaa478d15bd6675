"""What a service reads, and the rules for it: a group with effects, or a view in every process (E-4, E-5, E-7).

Every group says where it begins when it is new. Its retry policy says how often an event is tried, and when so much
dies that the group must stop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from chassis.database import Transaction
from chassis.telemetry import span
from eventbus.incoming.records import Received
from events import Event, Topic

E = TypeVar("E", bound=Event)

# A handler takes the fresh events of its types of one batch, in order, and the transaction in which they count as done.
# It raises `Unavailable` (outage: all is rolled back and comes again), `Retry` (not yet) or `Dead` (never).
Handler = Callable[[Transaction, Sequence[Received[Any]]], Awaitable[None]]
ViewHandler = Callable[[Sequence[Received[Any]]], Awaitable[None]]


class Start(StrEnum):
    """Where a group begins when it is new (E-7): effects inside at the beginning, messages to people now."""

    BEGINNING = "beginning"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """E-5: 8 attempts in all, 0.5 to 10 s apart, with jitter; and when so much dies that the subscription stops."""

    attempts: int = 8
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 10.0
    stop_share: float = 0.10
    stop_window: int = 200
    stop_least: int = 20
    stop_run: int = 20

    def delay(self, attempts: int, jitter: float) -> float:
        """Seconds until the next attempt after `attempts` of them; `jitter` between 0 and 1."""
        exponential = self.first_delay_seconds * float(2 ** (attempts - 1))
        return min(exponential, self.longest_delay_seconds) * (0.75 + 0.5 * jitter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A consumer group with inbox and transaction: each event has its effect exactly once (E-4).

    `gather`: the shortest time from one batch to the next. After a rest an event is taken at once; under load, what
    comes meanwhile goes together, which costs hardly more than one event (wake-ups cost, not events).
    """

    group: str
    topics: tuple[Topic, ...]
    start: Start
    handlers: Mapping[type[Event], Handler]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    gather: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Every process reads everything from its own start on, at least once: no group, no inbox. The handler must ignore
    what is older than what it has.
    """

    name: str
    topics: tuple[Topic, ...]
    types: tuple[type[Event], ...]
    handler: ViewHandler
    start: Start = Start.BEGINNING


def each(handler: Callable[[Transaction, Received[E]], Awaitable[None]]) -> Handler:
    """A handler from a function for one event, run in the trace in which that event was written."""

    async def handle_each(tx: Transaction, batch: Sequence[Received[E]]) -> None:
        for received in batch:
            with received.trace(), span(f"consume {received.event.short_type()}"):
                await handler(tx, received)

    return handle_each
