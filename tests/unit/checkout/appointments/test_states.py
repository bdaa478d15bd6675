"""What a person may make of an appointment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.appointments.domain import AppointmentState, may_become, require_may_become
from checkout.appointments.errors import AppointmentAhead, AppointmentOver
from tests.unit.pages.appointment_states import APPOINTMENT


@pytest.mark.proves("P-11")
def test_who_is_booked_or_paid_can_be_cancelled_or_done_and_nothing_else() -> None:
    allowed = {(a.value, b.value) for a in AppointmentState for b in AppointmentState if may_become(a, b)}
    assert allowed == {("booked", "cancelled"), ("booked", "done"), ("paid", "cancelled"), ("paid", "done")}


@pytest.mark.proves("P-11")
def test_what_has_not_begun_is_not_done() -> None:
    starts, early = APPOINTMENT.starts, APPOINTMENT.starts - timedelta(seconds=1)
    require_may_become(APPOINTMENT, AppointmentState.DONE, now=starts)
    require_may_become(APPOINTMENT, AppointmentState.CANCELLED, now=early)
    with pytest.raises(AppointmentAhead):
        require_may_become(APPOINTMENT, AppointmentState.DONE, now=early)
    with pytest.raises(AppointmentOver, match="cancelled"):
        require_may_become(replace(APPOINTMENT, state=AppointmentState.CANCELLED), AppointmentState.DONE, now=early)
