"""Goes on with payments of appointments: asks what became of pages, and of what a crash has left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.due_rows import DueRows
from checkout.takings.domain import WayAttempt
from checkout.takings.paying import AppointmentPaying

_AT_ONCE: Final = 4


class TakingCare:
    """`due` is kept by the service's background."""

    def __init__(self, paying: AppointmentPaying, *, poll: timedelta) -> None:
        self.due: DueRows[WayAttempt] = DueRows(
            "payments of appointments", claim=paying.claim, work=paying.go_on, at_once=_AT_ONCE, poll=poll
        )
