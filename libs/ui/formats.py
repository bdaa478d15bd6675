"""US formats for pages: $958.40, Jan 24–25, 2026, 9 AM – 5 PM CST.

What babel formats is remembered: pages show the same few amounts and days again and again.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

from chassis.money import Money, format_money

LOCALE = "en_US"
_MINUS = "−"


@lru_cache(maxsize=1024)
def money(value: Money) -> str:
    """$958.40; an amount below nothing has the minus sign in front."""
    return f"{_MINUS}{format_money(-value)}" if value.amount < 0 else format_money(value)


def money_short(value: Money) -> str:
    """$599 for a whole amount, else as `money`."""
    return money(value).removesuffix(".00")


def day_range(start: datetime, end: datetime, zone: str) -> str:
    """Jan 24–25; Jan 31–Feb 1; one day alone: Jan 24."""
    first, last = _day(start, zone), _day(end, zone)
    if first == last:
        return _text(first, "MMM d")
    closing = "d" if (first.year, first.month) == (last.year, last.month) else "MMM d"
    return f"{_text(first, 'MMM d')}–{_text(last, closing)}"


def date_range(start: datetime, end: datetime, zone: str) -> str:
    """Jan 24–25, 2026."""
    return f"{day_range(start, end, zone)}, {_day(end, zone).year}"


def weekdays_and_dates(start: datetime, end: datetime, zone: str) -> str:
    """Sat–Sun, Jan 24–25, 2026."""
    names = [_text(_day(moment, zone), "EEE") for moment in (start, end)]
    return f"{'–'.join(dict.fromkeys(names))}, {date_range(start, end, zone)}"


def long_date(day: date) -> str:
    """January 17."""
    return _text(day, "MMMM d")


def long_day(moment: datetime, zone: str) -> str:
    """January 17, the day that the moment has there."""
    return long_date(_day(moment, zone))


@lru_cache(maxsize=1024)
def clock_time(moment: datetime, zone: str) -> str:
    """2:14 PM."""
    return _plain(format_time(moment, "h:mm a", tzinfo=ZoneInfo(zone), locale=LOCALE))


def zoned_time(moment: datetime, zone: str) -> str:
    """2:14 PM CST."""
    return f"{clock_time(moment, zone)} {zone_name(moment, zone)}"


def hours(start: datetime, end: datetime, zone: str) -> str:
    """9 AM – 5 PM CST."""
    return f"{_short_time(start, zone)} – {_short_time(end, zone)} {zone_name(start, zone)}"


@lru_cache(maxsize=1024)
def zone_name(moment: datetime, zone: str) -> str:
    """CST, or CDT in summer."""
    return get_timezone_name(moment.astimezone(ZoneInfo(zone)), width="short", locale=LOCALE)


def countdown(seconds: int) -> str:
    """7:51; never below 0:00."""
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes}:{rest:02}"


def _short_time(moment: datetime, zone: str) -> str:
    return clock_time(moment, zone).replace(":00", "")


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=1024)
def _text(day: date, pattern: str) -> str:
    return format_date(day, pattern, locale=LOCALE)


def _plain(text: str) -> str:
    """The Latin font files have no narrow no-break space; a plain one does."""
    return text.replace("\u202f", " ")
