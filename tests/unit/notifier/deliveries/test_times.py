"""How long a crash can delay a message: by the times themselves, not by a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

import config
from notifier.deliveries.breaker import BreakerPolicy
from notifier.deliveries.timing import DeliveryTimes
from stack.layout import ROOT

CONVERGED = timedelta(seconds=30)
TIMES, BREAKER = DeliveryTimes(), BreakerPolicy()


@pytest.mark.proves("L-9", "N-3")
def test_what_a_killed_process_was_sending_is_settled_within_thirty_seconds() -> None:
    found, asked, looked = TIMES.lease, TIMES.ask_after, TIMES.idle
    assert found + asked + 3 * looked < CONVERGED
    assert BREAKER.probe_lease + 3 * looked < CONVERGED


@pytest.mark.proves("N-3")
def test_no_living_process_loses_its_lease_over_a_slow_provider() -> None:
    channels = config.load(ROOT / "deploy" / "config").messages.channels.values()
    slowest = max(rules.timeout for rules in channels)
    assert 1.5 * slowest < TIMES.lease
    assert 1.5 * slowest < BREAKER.probe_lease
