"""What is said before money of an appointment goes back, or one is cancelled, and after that (P-11)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from chassis.tokens import Role
from checkout.appointments.domain import AppointmentState
from checkout.appointments.errors import AppointmentAhead, AppointmentOver
from checkout.staff.appointment_deed_views import (
    appointment_ways,
    cancel_effect,
    done_effect,
    done_lines,
    refund_effect,
)
from checkout.staff.appointment_forms import AppointmentWay, TypedAppointmentDeed
from checkout.staff.order_deed_views import NotSaid
from checkout.wayrefunds.domain import WayRefundState
from events import ConnectionStatus
from tests.unit.monitor.samples import NOW
from tests.unit.pages.appointment_states import APPOINTMENT, PLATFORM, REFUND, foreseen

pytestmark = pytest.mark.proves("P-11", "W-2")

PRICE = APPOINTMENT.price
MAIL = "The customer gets an e-mail when the money has gone back."


def test_a_part_says_what_goes_back_through_whom_with_what_of_our_commission() -> None:
    open_account = replace(foreseen(5_000), account=ConnectionStatus.CONNECTED)
    effect = refund_effect(open_account)
    assert effect.verb == "Give $50.00 back"
    account = "through the provider’s own account at Square, connection 1234"
    assert effect.sentences == [
        f"$50.00 of the $123,456.78 that are left go back, {account}.",
        "$5.00 of the platform’s commission goes back to the provider with it.",
        "$123,406.78 of it stays.",
        "The appointment stays as it is.",
        MAIL,
    ]


def test_commission_that_is_collected_later_is_a_credit() -> None:
    said = refund_effect(foreseen(5_000, commission=0)).sentences
    assert "$5.00 of the platform’s commission is a credit on the next collection." in said
    assert not [each for each in said if "with it" in each]


def test_an_account_that_lets_nobody_in_keeps_it_due() -> None:
    said = refund_effect(foreseen(PRICE)).sentences
    assert any("stays due" in each for each in said)
    assert "Nothing of it is left then." in said


def test_our_own_account_gives_back_without_commission() -> None:
    ours = replace(foreseen(PRICE, way=PLATFORM, commission=0, commission_ppm=0), account=None)
    assert list(refund_effect(ours).sentences) == [
        "$123,456.78 of the $123,456.78 that are left go back, through the platform’s account at Stripe.",
        "Nothing of it is left then.",
        "The appointment stays as it is.",
        MAIL,
    ]


def test_whoever_cancels_what_is_paid_says_what_becomes_of_the_money() -> None:
    with pytest.raises(NotSaid, match=r"\$123,456.78 was paid") as missing:
        cancel_effect(APPOINTMENT, "", PRICE, None)
    assert missing.value.field == "money"
    assert cancel_effect(APPOINTMENT, "keep", PRICE, None).verb == "Cancel it and keep $123,456.78"
    assert cancel_effect(APPOINTMENT, "back", PRICE, foreseen(PRICE)).verb == "Cancel it and give $123,456.78 back"
    booked = replace(APPOINTMENT, state=AppointmentState.BOOKED)
    assert cancel_effect(booked, "", 0, None).verb == "Cancel the appointment"


def test_what_is_over_is_not_cancelled() -> None:
    assert cancel_effect(replace(APPOINTMENT, state=AppointmentState.CANCELLED), "", 0, None).sentences == ()
    with pytest.raises(AppointmentOver, match="done"):
        cancel_effect(replace(APPOINTMENT, state=AppointmentState.DONE), "", 0, None)


@pytest.mark.parametrize(
    ("state", "sentences"),
    [
        (AppointmentState.PAID, ["$123,456.78 stays paid, and can still be given back."]),
        (
            AppointmentState.BOOKED,
            ["$123,456.78 is not paid: its customer can’t open a payment page for it any more."],
        ),
    ],
)
def test_what_took_place_is_done_with_its_money_or_without(state: AppointmentState, sentences: list[str]) -> None:
    left = PRICE if state is AppointmentState.PAID else 0
    effect = done_effect(replace(APPOINTMENT, state=state), left, now=APPOINTMENT.starts)
    assert effect.verb == "Mark as done"
    assert effect.sentences == [
        "The appointment took place, and can’t be cancelled any more.",
        *sentences,
        "We do not write to its customer about that.",
    ]


def test_what_has_not_begun_or_is_over_is_not_marked_as_done() -> None:
    with pytest.raises(AppointmentAhead):
        done_effect(APPOINTMENT, PRICE, now=NOW)
    with pytest.raises(AppointmentOver, match="cancelled"):
        done_effect(replace(APPOINTMENT, state=AppointmentState.CANCELLED), 0, now=APPOINTMENT.starts)
    assert done_effect(replace(APPOINTMENT, state=AppointmentState.DONE), PRICE, now=NOW).sentences == ()


@pytest.mark.parametrize(
    ("role", "left", "ways"),
    [
        ("admin", 1, ["done", "refund", "cancel"]),
        ("provider", 1, ["done", "refund", "cancel"]),
        ("operator", 1, ["done", "cancel"]),
        ("viewer", 1, []),
        ("admin", 0, ["done", "cancel"]),
    ],
)
def test_each_role_is_offered_what_it_may_do(role: str, left: int, ways: list[str]) -> None:
    now, chosen = APPOINTMENT.starts, AppointmentWay.CANCEL
    offered = appointment_ways(APPOINTMENT, left, role=Role(role), now=now, chosen=chosen)
    before = appointment_ways(APPOINTMENT, left, role=Role(role), now=NOW, chosen=chosen)
    assert before == [each for each in offered if not each.href.endswith("done")]
    assert [each.href.rpartition("/")[2] for each in offered] == ways
    assert [each.here for each in offered if each.href.endswith("cancel")] == [True] * ("cancel" in ways)


@pytest.mark.parametrize("amount", ["", "49.90", "0", "-1", "4.999", "a few"])
def test_an_amount_is_read_as_people_write_it(amount: str) -> None:
    problems = TypedAppointmentDeed(amount=amount, reason="ill").problems(AppointmentWay.REFUND, "USD")
    assert set(problems) == (set() if amount in {"", "49.90"} else {"amount"})


def test_only_what_is_done_needs_no_reason() -> None:
    asked_for = {way.value for way in AppointmentWay if TypedAppointmentDeed().problems(way, "USD")}
    assert asked_for == {"refund", "cancel"}
    assert TypedAppointmentDeed(reason="x" * 301).problems(AppointmentWay.DONE, "USD")


def test_what_came_of_it_is_told_by_how_the_refund_stands() -> None:
    lines = {
        state: done_lines(AppointmentState.PAID, None, REFUND.refund_id, [replace(REFUND, state=state)])
        for state in WayRefundState
    }
    assert {state.value: line[0][0] for state, line in lines.items()} == {
        "due": "waiting",
        "pending": "waiting",
        "done": "ok",
        "refused": "critical",
        "failed": "critical",
    }
    declined = replace(REFUND, state=WayRefundState.REFUSED, last_error="The balance is too low")
    assert done_lines(AppointmentState.CANCELLED, AppointmentWay.CANCEL, REFUND.refund_id, [declined]) == [
        ("ok", "Cancelled", "The appointment has ended."),
        ("critical", "Declined", "Nothing of $50.00 went back. · The balance is too low"),
    ]
    took_place = done_lines(AppointmentState.DONE, AppointmentWay.DONE, None, [declined])
    assert took_place == [("ok", "Done", "The appointment took place.")]
    assert list(done_lines(AppointmentState.PAID, None, UUID(int=1), [declined])) == [], (
        "another appointment’s refund says nothing"
    )


@pytest.mark.parametrize("state", AppointmentState)
def test_an_end_is_told_only_of_an_appointment_that_has_it(state: AppointmentState) -> None:
    ends = {way: bool(done_lines(state, way, None, [])) for way in AppointmentWay}
    assert ends == {
        AppointmentWay.DONE: state is AppointmentState.DONE,
        AppointmentWay.CANCEL: state is AppointmentState.CANCELLED,
        AppointmentWay.REFUND: False,
    }
