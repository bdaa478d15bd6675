"""Which backups are kept: all of the last day, then the newest of days, weeks and months. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# What was there before a restore is one of them, whoever backs up next.
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Of how many days, weeks and months the newest backup is kept.

    daily, weekly, monthly: how many of each, counted over those that have one
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 6


def outlived(made: Iterable[datetime], keeping: Keeping, *, zone: ZoneInfo) -> frozenset[datetime]:
    """Those that no day, week or month keeps, in the business's time zone.

    The newest is always kept, and with it whatever was made in the 24 hours before. Days without a backup don't
    count, so a pause in making them takes none away.
    """
    newest_first = sorted(made, reverse=True)
    kept = {moment for moment in newest_first if newest_first[0] - moment < _DAY}
    for count, period in _periods(keeping):
        firsts: dict[object, datetime] = {}
        for moment in newest_first:
            firsts.setdefault(period(moment.astimezone(zone)), moment)
        kept.update(list(firsts.values())[:count])
    return frozenset(newest_first) - kept


def _periods(keeping: Keeping) -> tuple[tuple[int, Callable[[datetime], object]], ...]:
    return (
        (keeping.daily, lambda moment: moment.date()),
        (keeping.weekly, lambda moment: moment.isocalendar()[:2]),
        (keeping.monthly, lambda moment: (moment.year, moment.month)),
    )
