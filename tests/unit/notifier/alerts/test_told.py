"""Who hears what became of an alert: everybody who has it, or may have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chassis.clock import TEST_EPOCH as NOW
from chassis.ids import uuid7
from events import Channel
from notifier.alerts.domain import told
from notifier.channels.domain import Lost, Refused, Verdict
from notifier.deliveries import domain
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy

TIMES, POLICY = DeliveryTimes(), RetryPolicy()
DOWN = Refused(verdict=Verdict.PASSING, code="http_503", reason="PagerDuty failed with HTTP 503.")
QUEUED = Delivery(
    id=uuid7(),
    notification_id=uuid7(),
    order_id=None,
    kind="alert",
    channel=Channel.PAGERDUTY,
    recipient="critical",
    state=State.QUEUED,
    version=1,
    lane=1,
    critical=True,
    next_attempt_at=NOW,
    created_at=NOW,
)
SENDING = domain.claim(QUEUED, now=NOW, times=TIMES)
REFUSED = domain.refused(SENDING, DOWN, now=NOW, policy=POLICY, jitter=0, waiting=True)


def lost(sending: Delivery, *, waiting: bool) -> Delivery:
    """Queued again: PagerDuty can't be asked, and takes a repeat for the same."""
    unknown = domain.lost(sending, Lost(reason="PagerDuty did not answer."), now=NOW, times=TIMES, waiting=waiting)
    return domain.missing(unknown, now=NOW, policy=POLICY)


def hears(delivery: Delivery) -> bool:
    return bool(told([delivery], lambda _channel: True))


@pytest.mark.proves("N-3", "N-14")
@pytest.mark.parametrize("waiting", [True, False])
def test_a_page_whose_answer_was_lost_is_closed_also_when_its_attempt_did_not_count(waiting: bool) -> None:
    assert hears(lost(SENDING, waiting=waiting))
    assert hears(lost(domain.claim(REFUSED, now=NOW, times=TIMES), waiting=waiting))
    assert hears(domain.missing(domain.abandoned(SENDING, now=NOW), now=NOW, policy=POLICY))


@pytest.mark.proves("N-14")
def test_a_page_that_never_went_out_is_not_closed() -> None:
    assert not hears(QUEUED)
    assert not hears(REFUSED)
    assert not hears(replace(lost(SENDING, waiting=True), channel=Channel.SMS))
