"""What pages say while purchases pause: a pure function from the pause to its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis import formats
from checkout.maintenance.domain import Maintenance
from languages import gettext, gettext_noop, translate

_UNKNOWN: Final = gettext_noop("Look in again in a while.")
_BOUGHT: Final = gettext_noop("Tickets that were bought are good, and who is at payment can finish it.")


@dataclass(frozen=True, slots=True)
class PauseView:
    """A pause of purchases.

    reason: the words of whoever paused them
    expected: when they go on, as far as anybody knows
    meanwhile: what goes on
    """

    reason: str
    expected: str
    meanwhile: str


def pause_view(maintenance: Maintenance | None, *, zone: str, now: datetime) -> PauseView | None:
    """The pause in words, with the time on the business's clock; None when there is none."""
    if maintenance is None:
        return None
    until = maintenance.expected(now)
    if until is None:
        expected = translate(_UNKNOWN)
    else:
        expected = gettext("We expect to sell again by %(time)s.", time=formats.day_and_zoned_time(until, zone))
    return PauseView(reason=maintenance.reason, expected=expected, meanwhile=translate(_BOUGHT))
