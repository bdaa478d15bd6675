from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chassis import formats
from chassis.money import Money
from languages import Language, language_of, speaking

CHICAGO = "America/Chicago"


def at(month: int, day: int, hour: int = 15, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.proves("W-1", "X-8")
@pytest.mark.parametrize(
    ("amount", "long", "short"),
    [(95840, "$958.40", "$958.40"), (59900, "$599.00", "$599"), (-23960, "−$239.60", "−$239.60"), (0, "$0.00", "$0")],
)
def test_money(amount: int, long: str, short: str) -> None:
    assert formats.money(Money(amount, "USD")) == long
    assert formats.money_short(Money(amount, "USD")) == short


@pytest.mark.proves("W-1")
def test_days() -> None:
    assert formats.day_range(at(1, 24), at(1, 25), CHICAGO) == "Jan 24–25"
    assert formats.day_range(at(1, 31), at(2, 1), CHICAGO) == "Jan 31–Feb 1"
    assert formats.day_range(at(1, 24), at(1, 24, 23), CHICAGO) == "Jan 24"
    assert formats.date_range(at(1, 24), at(1, 25), CHICAGO) == "Jan 24–25, 2026"
    assert formats.date_range(at(1, 1), at(1, 1), CHICAGO) == "Jan 1, 2026"
    assert formats.date_range(at(1, 1, 3), at(1, 1), CHICAGO) == "Dec 31, 2025–Jan 1, 2026"
    assert formats.day_range(at(1, 24), at(1, 25), CHICAGO, long=True) == "January 24–25"
    assert formats.weekdays_and_dates(at(1, 24), at(1, 25), CHICAGO) == "Sat–Sun, Jan 24–25, 2026"
    assert formats.weekdays_and_dates(at(1, 24), at(1, 24, 23), CHICAGO) == "Sat, Jan 24, 2026"
    assert formats.long_date(date(2026, 1, 17)) == "January 17"


@pytest.mark.proves("W-1")
def test_a_day_is_the_day_of_the_zone() -> None:
    assert formats.day_range(at(1, 25, 3), at(1, 25, 4), CHICAGO) == "Jan 24"
    assert formats.long_day(at(2, 1, 3), CHICAGO) == "January 31"


@pytest.mark.proves("W-1")
def test_times_carry_the_zone_of_the_season() -> None:
    assert formats.clock_time(at(1, 10, 20, 14), CHICAGO) == "2:14 PM"
    assert formats.zoned_time(at(1, 10, 20, 14), CHICAGO) == "2:14 PM CST"
    assert formats.zoned_time(at(7, 10, 20, 14), CHICAGO) == "3:14 PM CDT"
    zones = ("Asia/Tokyo", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Etc/UTC")
    assert [formats.zone_name(at(1, 10), zone) for zone in zones] == ["JST", "CET", "GMT-3", "GMT+5:45", "UTC"]
    assert formats.hours(at(1, 24, 15), at(1, 25, 23), CHICAGO) == "9 AM – 5 PM CST"
    assert formats.hours(at(1, 24, 15, 30), at(1, 25, 23), CHICAGO) == "9:30 AM – 5 PM CST"


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(("seconds", "text"), [(471, "7:51"), (600, "10:00"), (9, "0:09"), (-3, "0:00")])
def test_countdown(seconds: int, text: str) -> None:
    assert formats.countdown(seconds) == text


def test_a_moment_of_another_day_has_its_day() -> None:
    noon = at(1, 24, 18)
    assert formats.recent(noon, CHICAGO, now=noon) == "12:00 PM"
    assert formats.recent(noon, CHICAGO, now=at(1, 25, 18)) == "Jan 24, 12:00 PM"


@pytest.mark.proves("W-1", "X-8")
def test_spanish_writes_its_own_dates_and_times() -> None:
    with speaking(language_of("es")):
        assert formats.day_range(at(1, 24), at(1, 25), CHICAGO) == "24–25 de ene"
        assert formats.day_range(at(1, 31), at(2, 1), CHICAGO, long=True) == "31 de enero–1 de febrero"
        assert formats.weekdays_and_dates(at(1, 24), at(1, 25), CHICAGO) == "sáb–dom, 24–25 de ene de 2026"
        assert formats.date_range(at(1, 1, 3), at(1, 1), CHICAGO) == "31 de dic de 2025–1 de ene de 2026"
        assert formats.dated(at(1, 17), CHICAGO) == "17 de enero de 2026"
        assert formats.weekday_and_day(at(1, 17), CHICAGO) == "sábado, 17 de enero"
        assert formats.zoned_time(at(7, 10, 20, 14), CHICAGO) == "3:14 p.m. CDT"
        assert formats.listing(["Dallas", "Atlanta", "Chicago"]) == "Dallas, Atlanta y Chicago"
    assert formats.day_range(at(1, 24), at(1, 25), CHICAGO) == "Jan 24–25"


@pytest.mark.proves("W-1", "X-8")
@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", "$958.40 | ¥95,840 | KWD 95.840 | −$239.60 | $958"),
        ("es_US", "$958.40 | ¥95,840 | KWD 95.840 | −$239.60 | $958"),
        ("es_ES", "958,40 US$ | 95.840 JPY | 95,840 KWD | −239,60 US$ | 958 US$"),
        ("fr_FR", "958,40 $US | 95\N{NARROW NO-BREAK SPACE}840 JPY | 95,840 KWD | −239,60 $US | 958 $US"),
    ],
)
def test_an_amount_has_its_currencys_digits_in_every_language(locale: str, written: str) -> None:
    amounts = (Money(95840, "USD"), Money(95840, "JPY"), Money(95840, "KWD"), Money(-23960, "USD"))
    with speaking(Language("xx", locale)):
        texts = [formats.money(each) for each in amounts] + [formats.money_short(Money(95800, "USD"))]
    assert " | ".join(texts).replace("\N{NO-BREAK SPACE}", " ") == written
