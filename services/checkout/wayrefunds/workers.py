"""Goes on with refunds: those that have no answer, those on their way, and what a crash has left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.due_rows import DueRows
from checkout.wayrefunds.domain import WayRefund
from checkout.wayrefunds.giving import WayRefunding

_AT_ONCE: Final = 4


class WayRefundCare:
    """`due` is kept by the service's background."""

    def __init__(self, refunding: WayRefunding, *, poll: timedelta) -> None:
        self.due: DueRows[WayRefund] = DueRows(
            "refunds of ways", claim=refunding.claim, work=refunding.go_on, at_once=_AT_ONCE, poll=poll
        )
