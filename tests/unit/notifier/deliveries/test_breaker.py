from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH as NOW
from events import Channel, ChannelDegraded, ChannelRecovered
from notifier.channels.domain import Accepted, Lost, Progress, Refused, SendOutcome, Verdict
from notifier.deliveries.breaker import Breaker, BreakerPolicy, BreakerState, LateNews
from notifier.deliveries.news import channel_news

POLICY = BreakerPolicy()
FINE = Accepted(provider_id="SM1")
FAILING = Refused(verdict=Verdict.PASSING, code="http_503", reason="Twilio failed with HTTP 503.")
INVALID = Refused(verdict=Verdict.PERMANENT, code="21211", reason="The number is not a valid phone number.")
ACCOUNT = Refused(verdict=Verdict.ACCOUNT, code="20003", reason="Twilio refuses our credentials.")
LOST = Lost(reason="Twilio gave no answer.")


def after(*outcomes: SendOutcome, before: Breaker | None = None) -> Breaker:
    return (before or Breaker(channel=Channel.SMS)).after(outcomes, now=NOW, policy=POLICY)


@pytest.mark.proves("N-9")
@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((FAILING, FAILING), BreakerState.CLOSED),
        ((FAILING, LOST, FAILING), BreakerState.OPEN),
        ((FAILING, FAILING, FINE, FAILING), BreakerState.CLOSED),
        ((FAILING, FAILING, INVALID, FAILING), BreakerState.CLOSED),
        ((INVALID,) * 10, BreakerState.CLOSED),
        ((ACCOUNT,), BreakerState.OPEN),
    ],
)
def test_repeated_failures_or_account_trouble_open_it(outcomes: tuple[SendOutcome, ...], state: BreakerState) -> None:
    assert after(*outcomes).state is state


@pytest.mark.proves("N-9")
def test_open_it_lets_nothing_out_until_a_probe_and_the_probe_decides() -> None:
    opened = after(ACCOUNT)
    assert opened.slots(20, now=NOW) == 0
    later = NOW + POLICY.first_pause
    assert opened.slots(20, now=later) == 1
    probing = opened.probing(now=later, policy=POLICY)
    assert probing.slots(20, now=later) == 0
    assert probing.slots(20, now=later + POLICY.probe_lease) == 1  # the prober died
    assert probing.unprobed(now=later).slots(20, now=later) == 1  # its message could not be written
    assert opened.unprobed(now=NOW) == opened
    assert after(FINE, before=probing) == Breaker(channel=Channel.SMS)
    again = after(FAILING, before=probing)
    assert again.state is BreakerState.OPEN
    assert again.retry_at == NOW + 2 * POLICY.first_pause


@pytest.mark.proves("N-9")
def test_late_answers_of_calls_that_were_under_way_change_nothing_of_an_open_one() -> None:
    opened = after(ACCOUNT)
    assert after(FINE, FAILING, ACCOUNT, before=opened) == opened


@pytest.mark.proves("N-9")
def test_pauses_double_up_to_a_limit() -> None:
    pauses = [POLICY.pause(openings) for openings in (1, 2, 3, 6, 1000)]
    assert pauses == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 60, 60)]


@pytest.mark.proves("N-9")
def test_only_its_first_opening_and_its_closing_are_news() -> None:
    closed, opened = Breaker(channel=Channel.SMS), after(ACCOUNT)
    again = after(FAILING, before=opened.probing(now=NOW, policy=POLICY))
    assert isinstance(channel_news(closed, opened, now=NOW), ChannelDegraded)
    assert channel_news(opened, again, now=NOW) is None
    assert isinstance(channel_news(again, closed, now=NOW), ChannelRecovered)
    assert channel_news(closed, after(FAILING), now=NOW) is None


SUSPENDED = "The Twilio account is suspended or out of funds."


def heard(before: Breaker, progress: Progress, *, sent: timedelta, trouble: str | None = None) -> Breaker:
    news = [LateNews(sent_at=NOW + sent, progress=progress, trouble=trouble)]
    return before.heard(news, now=NOW, policy=POLICY)


@pytest.mark.proves("N-4", "N-9")
def test_account_trouble_that_a_receipt_tells_opens_it_and_only_a_later_message_closes_it() -> None:
    opened = heard(Breaker(channel=Channel.SMS), Progress.FAILED, sent=timedelta(0), trouble=SUSPENDED)
    assert (opened.state, opened.reason) == (BreakerState.OPEN, SUSPENDED)
    probing = opened.probing(now=NOW, policy=POLICY)
    taken = after(FINE, before=probing)
    assert taken.state is BreakerState.HALF_OPEN
    assert heard(taken, Progress.DELIVERED, sent=-timedelta(seconds=1)) == taken  # sent before the trouble
    assert heard(taken, Progress.UNDER_WAY, sent=timedelta(seconds=2)) == taken
    assert heard(taken, Progress.HANDED_ON, sent=timedelta(seconds=2)) == Breaker(channel=Channel.SMS)
    again = heard(taken, Progress.FAILED, sent=timedelta(seconds=2), trouble=SUSPENDED)
    assert (again.state, again.retry_at) == (BreakerState.OPEN, NOW + 2 * POLICY.first_pause)


@pytest.mark.proves("N-9")
def test_what_becomes_of_single_messages_leaves_a_closed_one_alone() -> None:
    closed = Breaker(channel=Channel.SMS)
    for progress in Progress:
        assert heard(closed, progress, sent=timedelta(0)) == closed
