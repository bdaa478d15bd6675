"""When a connection's breaker opens, lets one try, and closes (P-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import TEST_EPOCH as NOW
from checkout.connections.breaker import BreakerState, ConnectionBreaker

pytestmark = pytest.mark.proves("P-3")


def failing(*seconds: float, breaker: ConnectionBreaker | None = None) -> ConnectionBreaker:
    """After failures, each so many seconds from the beginning."""
    found = breaker or ConnectionBreaker()
    for each in seconds:
        found = found.failed(NOW + timedelta(seconds=each))
    return found


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        ((0, 1), BreakerState.CLOSED),
        ((0, 1, 2), BreakerState.OPEN),
        ((0, 600, 1200), BreakerState.OPEN),
        ((0, 601, 1202), BreakerState.CLOSED),
        ((0, 1, 700, 701), BreakerState.CLOSED),
    ],
)
def test_failures_in_a_row_and_close_to_each_other_open_it(seconds: tuple[float, ...], state: BreakerState) -> None:
    assert failing(*seconds).state_at(NOW + timedelta(seconds=seconds[-1])) is state


def test_open_it_admits_nobody_until_its_pause_is_over_which_doubles_up_to_a_quarter_of_an_hour() -> None:
    breaker, now, pauses = failing(0, 0, 0), NOW, []
    for _ in range(8):
        assert breaker.retry_at is not None
        pauses.append((breaker.retry_at - now).total_seconds())
        just_before = breaker.retry_at - timedelta(microseconds=1)
        assert (breaker.state_at(just_before), breaker.admits(just_before)) == (BreakerState.OPEN, False)
        assert breaker.failed(just_before) == breaker, "what was under way when it opened"
        now = breaker.retry_at
        assert (breaker.state_at(now), breaker.admits(now)) == (BreakerState.HALF_OPEN, True)
        breaker = breaker.failed(now)
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_it_is_never_open_for_good(waits: list[int]) -> None:
    breaker, now = ConnectionBreaker(), NOW
    for wait in waits:
        now += timedelta(seconds=wait)
        breaker = breaker.failed(now)
        assert breaker.admits(now) is (breaker.state is BreakerState.CLOSED)
        assert breaker.admits(now + timedelta(minutes=15))
