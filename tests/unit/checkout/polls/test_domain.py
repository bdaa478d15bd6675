"""How far lists are read, and what is counted of payments that were asked about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.polls.domain import SKEW, Poll, Subject, Tally, tally
from events import OrderState

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
POLL = Poll(processor="stripe", subject=Subject.WEBHOOKS, since=NOON)


@pytest.mark.proves("C-4")
def test_a_stretch_is_read_to_its_end_before_its_time_is_known() -> None:
    begun = POLL.begun(since=NOON, until=NOON + timedelta(hours=1))
    halfway = begun.read("evt_100")
    assert (halfway.since, halfway.stretch, halfway.after) == (NOON, begun.stretch, "evt_100")
    known = halfway.read(None)
    assert (known.since, known.stretch, known.after) == (NOON + timedelta(hours=1) - SKEW, None, None)


@pytest.mark.proves("C-4")
def test_what_is_known_is_never_forgotten() -> None:
    """A stretch shorter than clocks may differ leaves it where it was."""
    assert POLL.begun(since=NOON, until=NOON + SKEW / 2).read(None).since == NOON


@pytest.mark.proves("C-8")
def test_each_payment_is_counted_once() -> None:
    states = list(OrderState)
    counted = tally(states)
    assert counted == Tally(checked=len(states), paid=4, expired=2, failed=1, waiting=3)
    assert counted.paid + counted.expired + counted.failed + counted.waiting == counted.checked
    assert counted + Tally(checked=1, waiting=1) == Tally(
        checked=len(states) + 1, paid=4, expired=2, failed=1, waiting=4
    )
