"""Formats money and times as US text, for pages and messages: $958.40, Jan 24–25, 2026, 9 AM – 5 PM CST (X-8).

Results of babel are cached: pages show the same few amounts and days again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from chassis.money import Money, format_money

LOCALE = "en_US"
SHORT_MONTH = "MMM"
LONG_MONTH = "MMMM"
_MINUS = "−"


@lru_cache(maxsize=1024)
def money(value: Money) -> str:
    """$958.40; an amount below nothing has the minus sign in front."""
    return f"{_MINUS}{format_money(-value)}" if value.amount < 0 else format_money(value)


def money_short(value: Money) -> str:
    """$599 for a whole amount, else as `money`."""
    text = money(value)
    return text.partition(".")[0] if value.major() == int(value.major()) else text


def day_range(start: datetime, end: datetime, zone: str, *, month: str = SHORT_MONTH) -> str:
    """Jan 24–25; Jan 31–Feb 1; one day alone: Jan 24. With LONG_MONTH: January 24–25."""
    first, last = _day(start, zone), _day(end, zone)
    if first == last:
        return _text(first, f"{month} d")
    closing = "d" if (first.year, first.month) == (last.year, last.month) else f"{month} d"
    return f"{_text(first, f'{month} d')}–{_text(last, closing)}"


def date_range(start: datetime, end: datetime, zone: str, *, month: str = SHORT_MONTH) -> str:
    """Jan 24–25, 2026; Dec 31, 2026–Jan 1, 2027."""
    first, last = _day(start, zone), _day(end, zone)
    if first.year != last.year:
        return "–".join(_text(day, f"{month} d, y") for day in (first, last))
    return f"{day_range(start, end, zone, month=month)}, {last.year}"


def weekdays_and_dates(start: datetime, end: datetime, zone: str, *, month: str = SHORT_MONTH) -> str:
    """Sat–Sun, Jan 24–25, 2026."""
    names = [_text(_day(moment, zone), "EEE") for moment in (start, end)]
    return f"{'–'.join(dict.fromkeys(names))}, {date_range(start, end, zone, month=month)}"


def long_date(day: date) -> str:
    """January 17."""
    return _text(day, "MMMM d")


def long_day(moment: datetime, zone: str) -> str:
    """January 17: the day of that moment in the zone."""
    return long_date(_day(moment, zone))


def dated(moment: datetime, zone: str) -> str:
    """January 17, 2026: the day of that moment in the zone."""
    return _text(_day(moment, zone), "MMMM d, y")


def weekday_and_day(moment: datetime, zone: str) -> str:
    """Saturday, January 17."""
    return _text(_day(moment, zone), "EEEE, MMMM d")


@lru_cache(maxsize=1024)
def clock_time(moment: datetime, zone: str) -> str:
    """2:14 PM."""
    return format_time(moment, "h:mm a", tzinfo=ZoneInfo(zone), locale=LOCALE)


def recent(moment: datetime, zone: str, *, now: datetime) -> str:
    """2:14 PM; with the day in front when that is not today: Jan 17, 2:14 PM."""
    day, time = _day(moment, zone), clock_time(moment, zone)
    return time if day == _day(now, zone) else f"{_text(day, 'MMM d')}, {time}"


def zoned_time(moment: datetime, zone: str) -> str:
    """2:14 PM CST."""
    return f"{clock_time(moment, zone)} {zone_name(moment, zone)}"


def day_and_zoned_time(moment: datetime, zone: str) -> str:
    """Sat, Jan 17, 2:14 PM CST."""
    return f"{_text(_day(moment, zone), 'EEE, MMM d')}, {zoned_time(moment, zone)}"


def day_and_hour(moment: datetime, zone: str) -> str:
    """December 24, 9 AM CST."""
    return f"{long_day(moment, zone)}, {_short_time(moment, zone)} {zone_name(moment, zone)}"


def hours(start: datetime, end: datetime, zone: str) -> str:
    """9 AM – 5 PM CST."""
    return f"{_short_time(start, zone)} – {_short_time(end, zone)} {zone_name(start, zone)}"


@lru_cache(maxsize=1024)
def zone_name(moment: datetime, zone: str) -> str:
    """CST, or CDT in summer; CET, JST; where a zone has no short name: GMT-3."""
    there = moment.astimezone(ZoneInfo(zone))
    name = there.tzname() or ""
    return name if name.isalpha() else _offset(there)


def listing(names: Sequence[str]) -> str:
    """Dallas; Dallas and Atlanta; Dallas, Atlanta and Chicago."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def countdown(seconds: int) -> str:
    """7:51; never below 0:00."""
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes}:{rest:02}"


def _offset(moment: datetime) -> str:
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours_off, rest = divmod(abs(minutes), 60)
    return f"GMT{'-' if minutes < 0 else '+'}{hours_off}{f':{rest:02}' if rest else ''}"


def _short_time(moment: datetime, zone: str) -> str:
    return clock_time(moment, zone).replace(":00", "")


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=1024)
def _text(day: date, pattern: str) -> str:
    return format_date(day, pattern, locale=LOCALE)
