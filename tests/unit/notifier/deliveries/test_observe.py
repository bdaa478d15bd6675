"""Figures and counted errors of deliveries (M-4, A-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chassis.metrics import Metric, metrics
from events import Channel
from notifier.channels.domain import Refused, Verdict
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.observe import observe_changes, observe_outcomes
from tests.unit.notifier.deliveries.test_states import delivery


def figures(error: str) -> tuple[float, float, float]:
    counted = metrics.value(Metric.ERRORS, category="communication_errors", error=error)
    return metrics.value(Metric.SMS_SENT), metrics.value(Metric.SMS_FAILED), counted


def grown(before: tuple[float, ...], after: tuple[float, ...]) -> list[float]:
    return [new - old for old, new in zip(before, after, strict=True)]


def to(state: State, before: Delivery) -> tuple[Delivery, Delivery]:
    return before, replace(before, state=state)


@pytest.mark.proves("M-4", "A-11")
def test_each_change_is_counted_once() -> None:
    before = figures("sms_delivery_failed")
    sending = delivery()
    observe_changes((to(State.SENT, sending), to(State.FAILED, sending), to(State.SENDING, sending)))
    assert grown(before, figures("sms_delivery_failed")) == [1, 1, 1]


@pytest.mark.proves("A-11")
def test_only_a_mail_that_was_taken_bounces() -> None:
    def bounces() -> float:
        return metrics.value(Metric.ERRORS, category="communication_errors", error="email_bounce")

    before = bounces()
    mail = delivery(channel=Channel.EMAIL, recipient="jordan.ellis@example.com")
    observe_changes((to(State.FAILED, mail), to(State.FAILED, replace(mail, state=State.SENT))))
    assert bounces() - before == 1


@pytest.mark.proves("A-11")
def test_a_429_of_twilios_is_counted() -> None:
    limited = Refused(verdict=Verdict.PASSING, code="20429", reason="Twilio asks us to slow down.")
    failing = replace(limited, code="http_503")
    before = figures("twilio_rate_limited")
    observe_outcomes(Channel.SMS, (limited, failing))
    observe_outcomes(Channel.EMAIL, (limited,))
    assert grown(before, figures("twilio_rate_limited")) == [0, 0, 1]
