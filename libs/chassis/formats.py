"""Formats money and times as people read them, for pages and messages, in the language that is spoken: $958.40,
Jan 24–25, 2026, 9 AM – 5 PM CST (X-8). Each language's file of texts has the order of a date's parts.

Results of babel are cached: pages show the same few amounts and days again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from chassis.money import Money, format_money
from languages import Language, current, gettext, pgettext

_MINUS = "−"


def money(value: Money) -> str:
    """$958.40; an amount below nothing has the minus sign in front."""
    return _money(value, False, current())


def money_short(value: Money) -> str:
    """$599 for a whole amount, else as `money`."""
    return _money(value, value.major() == int(value.major()), current())


def day_range(start: datetime, end: datetime, zone: str, *, long: bool = False) -> str:
    """Jan 24–25; Jan 31–Feb 1; one day alone: Jan 24. The long form: January 24–25."""
    first, last = _day(start, zone), _day(end, zone)
    if first == last:
        return _of_month(first, long=long)
    if (first.year, first.month) != (last.year, last.month):
        return f"{_of_month(first, long=long)}–{_of_month(last, long=long)}"
    month = _text(first, "LLLL" if long else "LLL", current())
    # Translators: days of one month, such as January 24–25.
    return pgettext("days of a month", "%(month)s %(first)s–%(last)s", month=month, first=first.day, last=last.day)


def date_range(start: datetime, end: datetime, zone: str, *, long: bool = False) -> str:
    """Jan 24–25, 2026; Dec 31, 2026–Jan 1, 2027."""
    first, last = _day(start, zone), _day(end, zone)
    if first.year != last.year:
        return "–".join(_with_year(day, long=long) for day in (first, last))
    # Translators: days with their year, such as January 24–25, 2026.
    return pgettext("date", "%(days)s, %(year)s", days=day_range(start, end, zone, long=long), year=last.year)


def weekdays_and_dates(start: datetime, end: datetime, zone: str, *, long: bool = False) -> str:
    """Sat–Sun, Jan 24–25, 2026."""
    names = [_text(_day(moment, zone), "EEE", current()) for moment in (start, end)]
    return f"{'–'.join(dict.fromkeys(names))}, {date_range(start, end, zone, long=long)}"


def long_date(day: date) -> str:
    """January 17."""
    return _of_month(day, long=True)


def long_day(moment: datetime, zone: str) -> str:
    """January 17: the day of that moment in the zone."""
    return long_date(_day(moment, zone))


def dated(moment: datetime, zone: str) -> str:
    """January 17, 2026: the day of that moment in the zone."""
    return _with_year(_day(moment, zone), long=True)


def weekday_and_day(moment: datetime, zone: str) -> str:
    """Saturday, January 17."""
    day = _day(moment, zone)
    return f"{_text(day, 'EEEE', current())}, {_of_month(day, long=True)}"


def clock_time(moment: datetime, zone: str) -> str:
    """2:14 PM."""
    return _clock_time(moment, zone, current())


def recent(moment: datetime, zone: str, *, now: datetime) -> str:
    """2:14 PM; with the day in front when that is not today: Jan 17, 2:14 PM."""
    day, time = _day(moment, zone), clock_time(moment, zone)
    return time if day == _day(now, zone) else f"{_of_month(day)}, {time}"


def zoned_time(moment: datetime, zone: str) -> str:
    """2:14 PM CST."""
    return f"{clock_time(moment, zone)} {zone_name(moment, zone)}"


def day_and_zoned_time(moment: datetime, zone: str) -> str:
    """Sat, Jan 17, 2:14 PM CST."""
    day = _day(moment, zone)
    return f"{_text(day, 'EEE', current())}, {_of_month(day)}, {zoned_time(moment, zone)}"


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
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


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


def _of_month(day: date, *, long: bool = False) -> str:
    # Translators: the letters of Unicode's standard for dates (UTS 35): January 17, and Jan 17.
    pattern = pgettext("pattern", "MMMM d") if long else pgettext("pattern", "MMM d")
    return _text(day, pattern, current())


def _with_year(day: date, *, long: bool) -> str:
    # Translators: in the same letters: January 17, 2026, and Jan 17, 2026.
    pattern = pgettext("pattern", "MMMM d, y") if long else pgettext("pattern", "MMM d, y")
    return _text(day, pattern, current())


@lru_cache(maxsize=1024)
def _text(day: date, pattern: str, language: Language) -> str:
    return format_date(day, pattern, locale=language.locale)


@lru_cache(maxsize=1024)
def _clock_time(moment: datetime, zone: str, language: Language) -> str:
    # Translators: in the same letters: 2:14 PM.
    pattern = pgettext("pattern", "h:mm a")
    text = format_time(moment, pattern, tzinfo=ZoneInfo(zone), locale=language.locale)
    return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")  # which our font lacks


@lru_cache(maxsize=1024)
def _money(value: Money, whole: bool, language: Language) -> str:
    text = format_money(-value if value.amount < 0 else value, locale=language.locale, whole=whole)
    return f"{_MINUS}{text}" if value.amount < 0 else text
