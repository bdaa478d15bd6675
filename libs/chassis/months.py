"""Calendar months by a zone's clock. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

# No month is longer than this, and no two are shorter.
_A_MONTH: Final = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month.

    name: as people write it, such as `2026-11`
    since: its first moment, in UTC
    until: the first moment after it, in UTC
    """

    name: str
    since: datetime
    until: datetime

    @classmethod
    def of(cls, year: int, month: int, zone: ZoneInfo) -> Self:
        first = datetime(year, month, 1, tzinfo=zone)
        following = (first + _A_MONTH).replace(day=1)
        return cls(f"{first:%Y-%m}", first.astimezone(UTC), following.astimezone(UTC))

    @classmethod
    def containing(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """The one that it is then."""
        local = moment.astimezone(zone)
        return cls.of(local.year, local.month, zone)

    @classmethod
    def ended_before(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """The last one that had ended by then."""
        last = moment.astimezone(zone).replace(day=1) - timedelta(days=1)
        return cls.of(last.year, last.month, zone)
