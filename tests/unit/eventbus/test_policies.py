"""Decisions of the bus that need no Kafka: pacing, backoff, when so much dies that it stops, days inside ids."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import uuid7
from eventbus.failures.stops import DeathWatch
from eventbus.incoming.records import id_day
from eventbus.incoming.subscriptions import RetryPolicy
from eventbus.outgoing.lease import HUNG_AFTER, KEEP_ALIVE_SECONDS, STAND_BY_SECONDS
from eventbus.outgoing.relay import LONGEST_GAP, POLL_SECONDS, SHORTEST_GAP, next_gap


@pytest.mark.proves("E-5")
@given(attempts=st.integers(1, 8), jitter=st.floats(0, 1))
def test_delays_grow_from_half_a_second_to_ten_with_jitter(attempts: int, jitter: float) -> None:
    delay = RetryPolicy().delay(attempts, jitter)
    middle = min(0.5 * 2 ** (attempts - 1), 10)
    assert middle * 0.75 <= delay <= middle * 1.25


@pytest.mark.proves("E-5")
def test_twenty_deaths_in_a_row_stop_a_subscription() -> None:
    watch = DeathWatch(RetryPolicy())
    watch.record(died=False, count=200)
    watch.record(died=True, count=19)
    assert watch.verdict() is None
    watch.record(died=True)
    assert watch.verdict() == "20 events in a row died"


@pytest.mark.proves("E-5")
def test_more_than_a_tenth_of_the_last_two_hundred_stops_a_subscription() -> None:
    watch = DeathWatch(RetryPolicy())
    for _ in range(20):
        watch.record(died=False, count=9)
        watch.record(died=True)
    assert watch.verdict() is None
    watch.record(died=False, count=9)
    watch.record(died=True, count=2)
    assert watch.verdict() == "21 of the last 200 events died"


@given(gap=st.floats(SHORTEST_GAP, LONGEST_GAP), rows=st.integers(0, 500))
def test_the_relays_pace_stays_between_its_limits(gap: float, rows: int) -> None:
    assert SHORTEST_GAP <= next_gap(gap, rows) <= LONGEST_GAP


@pytest.mark.proves("L-9")
def test_a_stand_by_follows_a_hung_relay_within_two_seconds() -> None:
    """The session's limit, the stand-by's next question, and a quarter second to begin. A live relay is never near."""
    assert HUNG_AFTER + STAND_BY_SECONDS + 0.25 <= 2
    assert max(POLL_SECONDS + LONGEST_GAP, KEEP_ALIVE_SECONDS) < HUNG_AFTER / 3


@pytest.mark.proves("E-2")
def test_the_day_inside_an_id_is_the_day_it_was_made() -> None:
    assert id_day(uuid7()) == datetime.now(UTC).date()


@pytest.mark.proves("E-2")
@given(st.uuids())
def test_any_id_has_a_day(event_id: UUID) -> None:
    assert id_day(event_id) == id_day(event_id)
