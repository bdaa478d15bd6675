"""What callers are told about maintenance (C-13)."""

from __future__ import annotations

from datetime import datetime

from chassis.errors import Condition, InvalidRequest
from languages import gettext_noop


class UnderMaintenance(Condition):
    """Raised with the words of whoever paused the purchases, and the expected end."""

    status = 503
    code = "maintenance"
    title = gettext_noop("Nothing can be bought right now")
    meaning = gettext_noop("Purchases pause for maintenance. Orders that were placed go on.")
    remedy = "Read `reason` and `until`; try again as Retry-After says."

    def __init__(self, reason: str, *, until: datetime | None, ask_again_after: int) -> None:
        super().__init__(
            reason,
            headers={"Retry-After": str(ask_again_after)},
            extra={"reason": reason, "until": until.isoformat() if until else None},
        )


def no_reason() -> InvalidRequest:
    """Maintenance that begins without words for the buyers."""
    return InvalidRequest(fields={"reason": "Say in a sentence why nothing can be bought: buyers read it."})


def end_has_passed() -> InvalidRequest:
    """An expected end that is over already."""
    return InvalidRequest(fields={"until": "Name a moment that is still to come, or leave it out."})
