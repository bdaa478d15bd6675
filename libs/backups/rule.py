"""Which backups are kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Of how many days, weeks and months the newest backup is kept.

    daily, weekly, monthly: how many of each, counted over those that have one
    """

    daily: int = 7
    weekly: int = 4
    monthly: int = 6


def outlived(made: Iterable[datetime], keeping: Keeping, *, zone: ZoneInfo) -> frozenset[datetime]:
    """Those that no day, week or month keeps, in the business's time zone. The newest is always kept.

    Days without a backup don't count, so a pause in making them takes none away.
    """
    newest_first = sorted(made, reverse=True)
    kept = set(newest_first[:1])
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
