"""Every way through the states of a delivery."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH as NOW
from chassis.ids import uuid7
from events import Channel, NotificationFailed, NotificationSent
from notifier.channels.domain import Accepted, Lost, Postponed, Refused, Verdict
from notifier.deliveries import domain
from notifier.deliveries.domain import ALLOWED, Delivery, ForbiddenMoveError, Reason, State
from notifier.deliveries.news import news
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy

TIMES, POLICY = DeliveryTimes(), RetryPolicy()
FAILING = Refused(verdict=Verdict.PASSING, code="http_503", reason="Twilio failed with HTTP 503.")


def delivery(state: State = State.SENDING, **changes: object) -> Delivery:
    made = Delivery(
        id=uuid7(),
        notification_id=uuid7(),
        order_id=None,
        kind="sale",
        channel=Channel.SMS,
        recipient="+13525550100",
        state=state,
        version=2,
        lane=2,
        critical=False,
        next_attempt_at=NOW,
        created_at=NOW,
        attempts=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def refused(before: Delivery, answer: Refused = FAILING, *, waiting: bool = False, jitter: float = 0.0) -> Delivery:
    return domain.refused(before, answer, now=NOW, policy=POLICY, jitter=jitter, waiting=waiting)


@pytest.mark.proves("N-4")
def test_three_attempts_one_and_two_seconds_apart() -> None:
    first, second, third = (refused(delivery(attempts=attempts)) for attempts in (1, 2, 3))
    assert (first.state, first.next_attempt_at) == (State.QUEUED, NOW + timedelta(seconds=1))
    assert (second.state, second.next_attempt_at) == (State.QUEUED, NOW + timedelta(seconds=2))
    assert (third.state, third.error_code) == (State.FAILED, "http_503")


@pytest.mark.proves("N-4")
def test_jitter_lengthens_and_retry_after_wins_when_it_asks_for_more() -> None:
    assert refused(delivery(), jitter=1.0).next_attempt_at == NOW + timedelta(seconds=1.25)
    patient = replace(FAILING, retry_after=timedelta(seconds=30))
    assert refused(delivery(), patient).next_attempt_at == NOW + timedelta(seconds=30)
    hasty = replace(FAILING, retry_after=timedelta(0))
    assert refused(delivery(), hasty).next_attempt_at == NOW + timedelta(seconds=1)


@pytest.mark.proves("N-9")
def test_while_the_breaker_is_open_an_attempt_does_not_count() -> None:
    waiting = refused(delivery(attempts=3), waiting=True)
    assert (waiting.state, waiting.attempts, waiting.next_attempt_at) == (State.QUEUED, 2, NOW)
    lost = domain.lost(delivery(attempts=3), Lost(reason="…"), now=NOW, times=TIMES, waiting=True)
    assert (lost.state, lost.attempts) == (State.UNKNOWN, 2)


@pytest.mark.proves("N-3")
def test_an_unknown_one_follows_what_the_provider_says() -> None:
    unknown = domain.abandoned(delivery(), now=NOW)
    assert unknown.state is State.UNKNOWN
    found = domain.accepted(unknown, Accepted(provider_id="SM1"), now=NOW, poll_after=timedelta(seconds=60))
    assert (found.state, found.poll_at) == (State.SENT, NOW + timedelta(seconds=60))
    assert domain.missing(unknown, now=NOW, policy=POLICY).state is State.QUEUED
    assert domain.missing(replace(unknown, attempts=3), now=NOW, policy=POLICY).state is State.FAILED


@pytest.mark.proves("N-4", "N-3")
def test_the_end_of_a_process_uses_up_no_attempt() -> None:
    waiting = replace(delivery(State.QUEUED), attempts=0)
    for deaths in range(1, POLICY.deaths):
        unknown = domain.abandoned(domain.claim(waiting, now=NOW, times=TIMES), now=NOW)
        waiting = domain.missing(unknown, now=NOW, policy=POLICY)
        assert (waiting.state, waiting.attempts, waiting.deaths) == (State.QUEUED, 0, deaths)
    assert refused(domain.claim(waiting, now=NOW, times=TIMES)).state is State.QUEUED
    found = domain.accepted(unknown, Accepted(provider_id="SM1"), now=NOW, poll_after=None)
    assert (found.state, found.attempts) == (State.SENT, 1)


@pytest.mark.proves("N-4", "N-14")
@pytest.mark.parametrize("critical", [True, False])
def test_what_ends_its_process_each_time_does_so_only_so_often(critical: bool) -> None:
    dying = delivery(deaths=POLICY.deaths - 1, critical=critical)
    ended = domain.missing(domain.abandoned(dying, now=NOW), now=NOW, policy=POLICY)
    assert (ended.state, ended.error_code) == (State.FAILED, "process_died")
    assert ended.reason == "The process that was sending it ended 10 times; it was never sent."
    assert domain.undecided(domain.abandoned(dying, now=NOW), now=NOW, policy=POLICY).state is State.FAILED


@pytest.mark.proves("N-4")
def test_one_death_costs_no_time_and_more_make_it_rest() -> None:
    rests = [
        domain.missing(domain.abandoned(delivery(deaths=deaths), now=NOW), now=NOW, policy=POLICY).next_attempt_at - NOW
        for deaths in range(POLICY.deaths - 1)
    ]
    assert [rest.total_seconds() for rest in rests] == [0, 4, 8, 16, 32, 64, 128, 256, 300]


@pytest.mark.proves("N-3")
def test_what_nobody_can_tell_goes_out_again_only_when_critical() -> None:
    unknown = domain.abandoned(delivery(), now=NOW)
    assert domain.undecided(unknown, now=NOW, policy=POLICY).error_code == "outcome_unknown"
    again = domain.undecided(replace(unknown, critical=True), now=NOW, policy=POLICY)
    assert (again.state, again.possible_duplicates) == (State.QUEUED, 1)


@pytest.mark.proves("N-3")
def test_asking_goes_on_until_it_makes_no_sense() -> None:
    unknown = domain.abandoned(delivery(expires_at=NOW + timedelta(hours=1)), now=NOW)
    assert domain.ask_later(unknown, now=NOW, times=TIMES).next_attempt_at == NOW + TIMES.ask_again
    assert domain.ask_later(unknown, now=NOW + timedelta(hours=1), times=TIMES).state is State.FAILED


@pytest.mark.proves("N-8", "E-6")
def test_receipts_in_any_order_end_in_the_same_state() -> None:
    seed = random.randrange(2**32)
    shuffled = random.Random(seed)
    sent = delivery(State.SENT, provider_id="SM1")
    for _ in range(200):
        steps = ["delivered"] * shuffled.randint(0, 3) + ["bounced"] * shuffled.randint(0, 2)
        shuffled.shuffle(steps)
        after = sent
        for step in steps:
            if step == "delivered":
                after = domain.arrived(after, now=NOW)
            else:
                after = domain.bounced(after, code="30003", reason="Unreachable.", now=NOW)
        expected = State.FAILED if "bounced" in steps else State.DELIVERED if steps else State.SENT
        assert after.state is expected, f"seed {seed}: {steps}"


@pytest.mark.proves("N-3")
def test_an_outcome_that_comes_after_its_receipt_only_fills_in_what_was_missing() -> None:
    delivered = delivery(State.DELIVERED, provider_id="SM1", version=5)
    after = domain.accepted(
        delivered, Accepted(provider_id="SM1", response_ms=41), now=NOW, poll_after=timedelta(seconds=60)
    )
    assert (after.state, after.version, after.response_ms) == (State.DELIVERED, 5, 41)


def test_what_could_not_be_written_is_no_attempt() -> None:
    after = domain.postponed(delivery(), Postponed(reason="…", wait=timedelta(seconds=5)), now=NOW)
    assert (after.state, after.attempts, after.next_attempt_at) == (State.QUEUED, 0, NOW + timedelta(seconds=5))


@pytest.mark.proves("N-8")
def test_polls_grow_apart_and_end() -> None:
    sent = delivery(State.SENT)
    waits = []
    while True:
        sent = domain.poll_later(sent, now=NOW, times=TIMES)
        if sent.poll_at is None:
            break
        waits.append(sent.poll_at - NOW)
    assert waits == list(TIMES.poll_again)


@pytest.mark.proves("E-6")
def test_the_table_is_closed_and_each_move_is_one_version() -> None:
    for state in State:
        for other in State:
            before = delivery(state)
            if other in ALLOWED[state]:
                assert before.to(other).version == before.version + 1
            else:
                with pytest.raises(ForbiddenMoveError):
                    before.to(other)


@pytest.mark.proves("E-10", "N-14")
def test_events_come_from_the_state_after_and_mask_the_recipient() -> None:
    before = delivery()
    sent = domain.accepted(before, Accepted(provider_id="SM1"), now=NOW, poll_after=timedelta(0))
    told = news(before, sent, now=NOW)
    assert isinstance(told, NotificationSent)
    assert (told.recipient, told.version, told.provider_id) == ("***0100", sent.version, "SM1")
    failed = news(before, refused(delivery(attempts=3)), now=NOW)
    assert isinstance(failed, NotificationFailed)
    assert failed.reason == "Twilio failed with HTTP 503."
    assert news(before, refused(before), now=NOW) is None
    waiting = delivery(State.QUEUED)
    silent = domain.suppressed(waiting, Reason.EXPIRED, now=NOW)
    assert silent.reason == "expired"
