"""What a person may make of an appointment."""

from __future__ import annotations

import pytest

from checkout.appointments.domain import AppointmentState, may_become


@pytest.mark.proves("P-11")
def test_who_is_booked_or_paid_can_be_cancelled_or_done_and_nothing_else() -> None:
    allowed = {(a.value, b.value) for a in AppointmentState for b in AppointmentState if may_become(a, b)}
    assert allowed == {("booked", "cancelled"), ("booked", "done"), ("paid", "cancelled"), ("paid", "done")}
