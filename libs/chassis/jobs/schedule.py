"""When a job is due: an expression in cron form, in the business's time zone. Pure.

The expression is read by cronsim, which does as Debian's cron at changes of the clock: what is set to a time that a day
lacks is due when that hour has been skipped, and what is set to a time that a day has twice is due the first time only.
What comes every so often (`*/15 * * * *`, `7 * * * *`) goes on evenly through both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_FIELDS: Final = 5
_SOME_TIME: Final = datetime(2027, 1, 1, tzinfo=UTC)


def check_cron(text: str) -> str:
    """The expression, when there is a moment at which it is due; raises ValueError."""
    try:
        next(CronSim(text, _SOME_TIME))
    except (CronSimError, StopIteration):
        raise ValueError("must be a time in cron form that comes some day, in quotes, e.g. '0 9 * * MON#1'") from None
    if len(text.split()) != _FIELDS:
        raise ValueError("must be a time in cron form of five fields, the minute first, e.g. '0 9 * * MON#1'")
    return text


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is due.

    cron: minute, hour, day, month and weekday, as `check_cron` takes them
    zone: whose days and hours they are
    """

    cron: str
    zone: ZoneInfo

    @classmethod
    def read(cls, text: str) -> Self:
        """The schedule that was written with `str`."""
        cron, _, zone = text.rpartition(" ")
        return cls(cron, ZoneInfo(zone))

    def after(self, moment: datetime) -> datetime:
        """The first moment after this one at which the job is due, in UTC."""
        times = CronSim(self.cron, moment.astimezone(self.zone))
        # In an hour that comes a second time cronsim may name a moment of the first.
        return next(due for due in (each.astimezone(UTC) for each in times) if due > moment)

    def __str__(self) -> str:
        return f"{self.cron} {self.zone.key}"
