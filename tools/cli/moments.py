"""Moments as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from chassis.months import Month
from cli.errors import UsageError

_SPELL: Final = re.compile(r"(\d{1,6})([smhd])")
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_LAST: Final = "last"
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


MonthOption = Annotated[
    str, typer.Option("--month", help="A month by the business's clock, 2026-11 or last; 30 days without it.")
]


def moment(text: str, *, now: datetime) -> datetime:
    """`15m` as that long before `now`; an ISO 8601 time as itself, UTC when it names no zone."""
    spell = _spell(text)
    return _time(text) if spell is None else now - spell


def coming(text: str, *, now: datetime) -> datetime:
    """`15m` as that long after `now`; a time as `moment` reads it."""
    spell = _spell(text)
    return _time(text) if spell is None else now + spell


def spans(**texts: str) -> dict[str, str]:
    """Each that says something as the API takes it, as `moment` reads it."""
    now = datetime.now(UTC)
    return {name: moment(text, now=now).isoformat() for name, text in texts.items() if text}


def month_span(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """A calendar month by the business's clock, as the API takes a period; nothing for none.

    text: `2026-11`, or `last` for the one that has ended last
    """
    from chassis.settings import TimeZoneSettings

    if not text:
        return {}
    zone = TimeZoneSettings.from_environ(environ).business_timezone
    month = Month.ended_before(datetime.now(UTC), zone) if text.strip() == _LAST else _month(text, zone)
    return {"since": month.since.isoformat(), "until": month.until.isoformat()}


def _month(text: str, zone: ZoneInfo) -> Month:
    found = _MONTH.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"“{text}” is no month: write 2026-11, or last.")
    return Month.of(int(found[1]), int(found[2]), zone)


def stamp(text: str) -> str:
    """A moment of the API as people read it: `2026-11-30 01:15:54Z`."""
    return f"{text[:19].replace('T', ' ')}Z"


def _spell(text: str) -> timedelta | None:
    found = _SPELL.fullmatch(text.strip())
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def _time(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"“{text}” is no moment: write 30s, 15m, 24h, 7d or 2026-11-21T12:00:00Z.") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
