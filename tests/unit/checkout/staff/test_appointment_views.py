"""What the pages of appointments say to whom, and how what is typed into the search is meant (P-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chassis.tokens import Role
from checkout.appointments.domain import AppointmentState
from checkout.appointments.list_store import AppointmentFilter
from checkout.staff.appointment_list_views import APPOINTMENT_STATES, AppointmentSearch
from checkout.staff.way_views import STEPS
from checkout.takings.domain import Step
from tests.unit.pages.appointment_states import CUSTOMER, FULL, LONG_REASON, record
from tests.unit.pages.staff_states import PERSON

pytestmark = pytest.mark.proves("P-11", "W-2")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", AppointmentFilter()),
        ("12", AppointmentFilter(number=12)),
        ("jordan@example.com", AppointmentFilter(email="jordan@example.com")),
        ("jordan", AppointmentFilter(number=0)),
        ("99999999999", AppointmentFilter(number=0)),
    ],
)
def test_one_field_takes_numbers_and_addresses(typed: str, meant: AppointmentFilter) -> None:
    assert AppointmentSearch(text=typed).filters(None) == meant


def test_a_provider_looks_among_its_own_whatever_it_asks_for() -> None:
    assert AppointmentSearch(provider="8").filters(None).provider_id == 8
    assert AppointmentSearch(provider="8").filters(7).provider_id == 7
    assert AppointmentSearch(provider="eight").filters(None).provider_id == 0


def test_a_search_is_an_address_that_can_be_kept() -> None:
    search = AppointmentSearch(text="12", state=AppointmentState.PAID, provider="7")
    assert search.address(before="9") == "/staff/appointments?text=12&provider=7&state=paid&before=9"
    assert AppointmentSearch().address() == "/staff/appointments"


def test_every_state_and_step_has_a_word() -> None:
    assert set(APPOINTMENT_STATES) == set(AppointmentState)
    assert set(STEPS) == set(Step)


def test_the_decision_says_why() -> None:
    (decided,) = (row for row in record(FULL).ways if row.word == "Decided")
    assert decided.what == "Square, then the platform"
    assert decided.more == (
        "By the settings: either, by amount · Above $500.00, the most for the platform · PayPal: the credentials have"
        " ended · Square: it can take payments · The customer wanted PayPal, which was not possible"
    )


def test_refunds_say_how_they_stand_and_what_is_in_the_way() -> None:
    assert [(row.word, row.amount) for row in record(FULL).refunds] == [
        ("Due: not decided yet", "−$50.00"),
        ("On its way", "−$50.00"),
        ("Given back", "−$50.00"),
        ("Declined", "−$50.00"),
        ("Did not arrive", "−$50.00"),
        ("Given back", "−$50.00"),
        ("Given back", "−$50.00"),
    ]
    assert record(FULL).refunds[0].more == (
        f"{LONG_REASON} ({PERSON}) · The connection has no credentials that can be used."
    )


@pytest.mark.parametrize(
    ("role", "customer", "page", "staff"),
    [("admin", True, True, True), ("viewer", False, False, True), ("provider", True, True, False)],
)
def test_each_role_sees_whom_it_may(role: str, customer: bool, page: bool, staff: bool) -> None:
    seen = record(FULL, role=Role(role))
    assert (CUSTOMER in dict(seen.facts).values()) is customer
    assert bool(seen.page) is page
    asked_back = next(row for row in seen.deeds if row.word == "Money asked back")
    assert asked_back.what == (PERSON if staff else "The platform’s staff")
    assert seen.deeds[0].what == PERSON, "providers see their own people"
    assert (PERSON in seen.refunds[0].more) is staff


def test_given_back_is_what_the_processor_says_has_gone() -> None:
    assert dict(record(FULL).facts)["Given back"] == "$50.00"
    assert "Given back" not in dict(record(replace(FULL, moves=())).facts)
