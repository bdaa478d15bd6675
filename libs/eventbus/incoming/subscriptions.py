"""What a service reads: groups with effects, and views in every process (E-4, E-5, E-7).

Every group states where it starts when it is new. Its retry policy says how often an event is tried, and when the group
must stop because too many events die.
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

# A handler takes a batch's new events of its types, in order, and the transaction in which they are marked as done.
# It raises `Unavailable` (an outage: the batch is rolled back and read again), `Retry` (not yet) or `Dead` (never).
Handler = Callable[[Transaction, Sequence[Received[Any]]], Awaitable[None]]
ViewHandler = Callable[[Sequence[Received[Any]]], Awaitable[None]]


class Start(StrEnum):
    """Where a new group starts (E-7): at the beginning for effects inside, now for messages to people."""

    BEGINNING = "beginning"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often an event is tried, and when the subscription stops (E-5).

    attempts: attempts in all, after which the event dies
    first_delay_seconds: the pause before the second attempt; it doubles with each attempt
    longest_delay_seconds: the longest pause
    stop_share: the share of the last events that may die before the subscription stops
    stop_window: how many last events that share is of
    stop_least: the subscription doesn't stop by that share for fewer deaths than these
    stop_run: so many deaths in a row stop it in any case
    """

    attempts: int = 8
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 10.0
    stop_share: float = 0.10
    stop_window: int = 200
    stop_least: int = 20
    stop_run: int = 20

    def delay(self, attempts: int, jitter: float) -> float:
        """Seconds until the next attempt after `attempts` of them; `jitter` is between 0 and 1."""
        exponential = self.first_delay_seconds * float(2 ** (attempts - 1))
        return min(exponential, self.longest_delay_seconds) * (0.75 + 0.5 * jitter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A consumer group with inbox and transaction: each event has its effect exactly once (E-4).

    group: the group's name, without prefix
    topics: what it reads
    start: where it starts when it is new
    handlers: the handler of each event type; other types are skipped
    retry: how often an event is tried, and when the group stops
    gather: the least time from the start of one batch to the next. After a quiet time an event is taken at once; under
        load the events that come meanwhile share a batch, which costs hardly more than one event
    """

    group: str
    topics: tuple[Topic, ...]
    start: Start
    handlers: Mapping[type[Event], Handler]
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    gather: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A subscription that every process reads in full from its own start on, at least once, without group and inbox.

    The handler must ignore events older than what it has.

    name: the view's name in logs
    topics: what it reads
    types: the event types that the handler gets
    handler: takes the events of a batch, in order
    start: whether it starts at the beginning of the log, or now
    """

    name: str
    topics: tuple[Topic, ...]
    types: tuple[type[Event], ...]
    handler: ViewHandler
    start: Start = Start.BEGINNING


def each(handler: Callable[[Transaction, Received[E]], Awaitable[None]]) -> Handler:
    """Makes a batch handler of a function for one event, run in the trace in which that event was written."""

    async def handle_each(tx: Transaction, batch: Sequence[Received[E]]) -> None:
        for received in batch:
            with received.trace(), span(f"consume {received.event.short_type()}"):
                await handler(tx, received)

    return handle_each
