"""Who takes a payment: a table of cases, and what holds for all of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.appointments.domain import Appointment, AppointmentState
from checkout.providers.domain import PaymentMode, ProviderSettings
from checkout.routing.deciding import decide, options
from checkout.routing.domain import Candidate, Decision, Routed, RoutingQuestion, Rule, Way, commission

pytestmark = pytest.mark.proves("P-3")

GOLDEN = list(csv.DictReader(Path(__file__).with_name("golden.csv").read_text(encoding="utf-8").splitlines()))
HYBRID = replace(ProviderSettings.default("USD"), payment_mode=PaymentMode.HYBRID)
BOOKED = Appointment(
    appointment_id=12,
    provider_id=7,
    customer_email="jordan@example.com",
    price=8_000,
    currency="USD",
    starts=datetime(2027, 3, 1, 9, tzinfo=UTC),
    state=AppointmentState.BOOKED,
    language="en",
)


def settings_of(case: Mapping[str, str]) -> ProviderSettings:
    return ProviderSettings(
        currency="USD",
        payment_mode=PaymentMode(case["mode"]),
        commission_ppm=200_000,
        min_external=int(case["min_external"]),
        max_platform=int(case["max_platform"]),
        preferred=tuple(case["preferred"].split()),
        fallback=case["fallback"] == "on",
    )


def candidates_of(case: Mapping[str, str]) -> list[Candidate]:
    named = [each.split(":") for each in case["connections"].split()]
    return [
        Candidate(connection_id=number, processor=processor, issue=None if state == "ok" else state)
        for number, (processor, state) in enumerate(named, start=1)
    ]


def routed(case: Mapping[str, str]) -> Routed:
    question = RoutingQuestion(provider_id=7, amount=int(case["amount"]), currency=case["currency"])
    return decide(question, settings_of(case), candidates_of(case), platform="stripe")


def name(way: Way) -> str:
    return "platform" if way.decision is Decision.PLATFORM else way.processor


def told(found: Routed) -> dict[str, str]:
    """A decision in the words of the table."""
    way, fault = found.way, found.fault
    return {
        "decision": way.decision.value if way else "",
        "processor": way.processor if way else "",
        "then": " ".join(map(name, found.fallback)),
        "fault": f"{fault.rule}:{fault.processor or ''}:{fault.cause}" if fault else "",
    }


def test_a_connection_whose_processor_failed_lately_takes_the_payment_that_tries_it_again() -> None:
    question = RoutingQuestion(provider_id=7, amount=10_000, currency="USD")
    tried = Candidate(connection_id=1, processor="square", on_trial=True)
    found = decide(question, HYBRID, [tried], platform="stripe")
    assert found.way is not None
    assert found.way.processor == "square"
    assert "on_trial" in [rule.outcome for rule in found.why]


def test_every_case_of_the_table_is_decided_as_it_says() -> None:
    assert len(GOLDEN) >= 200
    wrong = [(case, seen) for case in GOLDEN if (seen := told(routed(case))) != {key: case[key] for key in seen}]
    assert wrong == []


def test_each_case_names_the_rules_that_were_looked_at() -> None:
    for case in GOLDEN:
        looked = [each.rule for each in routed(case).why]
        assert looked[0] is Rule.PAYMENT_MODE
        assert looked == sorted(looked, key=list(Rule).index), case
        seen = {each.values.get("processor") for each in routed(case).why if each.rule is Rule.CONNECTION}
        connected = {each.processor for each in candidates_of(case)}
        assert seen >= connected or Rule.PREFERRED_ORDER not in looked, case


@given(st.sampled_from(GOLDEN), st.integers(min_value=1, max_value=10**9))
def test_nobody_is_asked_twice_and_nobody_who_cannot(case: Mapping[str, str], amount: int) -> None:
    found = routed({**case, "amount": str(amount)})
    assert found == routed({**case, "amount": str(amount)})
    assert (found.way is None) == (found.fault is not None)
    ways = [*([found.way] if found.way else []), *found.fallback]
    assert len(set(map(name, ways))) == len(ways)
    broken = {each.processor for each in candidates_of(case) if each.issue is not None}
    assert not broken & {each.processor for each in ways if each.decision is Decision.EXTERNAL}
    assert settings_of(case).fallback or not found.fallback


@pytest.mark.parametrize(
    ("amount", "currency", "state", "fault"),
    [
        (8_000, "USD", AppointmentState.BOOKED, None),
        (7_999, "USD", AppointmentState.BOOKED, Rule.APPOINTMENT_PRICE),
        (8_001, "USD", AppointmentState.BOOKED, Rule.APPOINTMENT_PRICE),
        (8_000, "EUR", AppointmentState.BOOKED, Rule.APPOINTMENT_PRICE),
        (8_000, "USD", AppointmentState.PAID, Rule.APPOINTMENT_STATE),
        (8_000, "USD", AppointmentState.CANCELLED, Rule.APPOINTMENT_STATE),
        (8_000, "USD", AppointmentState.DONE, Rule.APPOINTMENT_STATE),
    ],
)
@pytest.mark.proves("P-11")
def test_a_payment_is_checked_against_its_appointment(
    amount: int, currency: str, state: AppointmentState, fault: Rule | None
) -> None:
    question = RoutingQuestion(
        provider_id=7, appointment=replace(BOOKED, state=state), amount=amount, currency=currency
    )
    found = decide(question, HYBRID, [], platform="stripe")
    assert (found.fault.rule if found.fault else None) is fault
    assert (found.way is not None) == (fault is None)


@pytest.mark.parametrize(
    ("mode", "fallback", "seen"),
    [
        (PaymentMode.CENTRALIZED, True, ["platform"]),
        (PaymentMode.DECENTRALIZED, True, ["square", "paypal", "platform"]),
        (PaymentMode.DECENTRALIZED, False, ["square", "paypal"]),
        (PaymentMode.HYBRID, False, ["square", "paypal", "platform"]),
    ],
)
def test_options_are_those_that_settings_allow(mode: PaymentMode, *, fallback: bool, seen: list[str]) -> None:
    candidates = [
        Candidate(connection_id=1, processor="square"),
        Candidate(connection_id=2, processor="paypal", issue="connection_expired"),
    ]
    found = options(replace(HYBRID, payment_mode=mode, fallback=fallback), candidates, platform="stripe")
    assert [name(each.way) for each in found] == seen
    assert [each.cause for each in found if each.way.processor == "paypal"] in ([], ["connection_expired"])
    assert [name(each.way) for each in options(None, candidates, platform="stripe")] == ["platform"]


@pytest.mark.parametrize(
    ("amount", "ppm", "kept"), [(10_000, 200_000, 2_000), (25, 20_000, 0), (75, 20_000, 2), (1, 1, 0)]
)
def test_commission_is_rounded_half_to_even(amount: int, ppm: int, kept: int) -> None:
    assert commission(replace(HYBRID, commission_ppm=ppm), amount) == kept
