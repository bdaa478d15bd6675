"""Of which period figures are asked for, and in which steps a trend is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final

_HOUR: Final = timedelta(hours=1)


class Timeframe(StrEnum):
    """A period that ends now."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]


_LENGTHS: Final = {
    Timeframe.HOUR: _HOUR,
    Timeframe.DAY: timedelta(days=1),
    Timeframe.WEEK: timedelta(days=7),
    Timeframe.MONTH: timedelta(days=30),
}


class TrendPeriod(Enum):
    """What trends are shown of: a period in steps of full hours, the last of which has the hour that runs now."""

    LAST_24H = (timedelta(days=1), _HOUR)
    LAST_7D = (timedelta(days=7), timedelta(hours=6))
    LAST_30D = (timedelta(days=30), timedelta(days=1))

    @property
    def step(self) -> timedelta:
        return self.value[1]

    def moments(self, now: datetime) -> Sequence[datetime]:
        """The end of each step, rising."""
        length, step = self.value
        last = now.replace(minute=0, second=0, microsecond=0) + _HOUR
        return [last - step * back for back in reversed(range(length // step))]
