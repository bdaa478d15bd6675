"""The types of values in the files, each with the sentence for a wrong one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from chassis.emails import is_email
from chassis.money import is_currency
from chassis.phones import PhoneNumber

_ID: Final = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_DURATION: Final = re.compile(r"^(\d+)\s*(ms|s|min|h|d)$")
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_COLOUR: Final = re.compile(r"^#[0-9A-Fa-f]{6}$")


class Model(BaseModel):
    """Base of all models: frozen, unknown keys are refused, keys in the file are camelCase."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.match(value):
        raise ValueError("must be an id of lower-case letters, digits and hyphens, e.g. dallas-jan-2027")
    return value


def _whole(hint: str, least: int) -> Any:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(hint)
        return value

    return BeforeValidator(check)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text, not empty; put quotes around it where it looks like a number")
    if any(ord(character) < 32 and character != "\n" for character in value):
        raise ValueError("must not hold control characters")
    return value.strip()


def _percent(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError("must be a whole number of per cent from 0 to 100, e.g. 20")
    return value


def _currency(value: object) -> str:
    if not isinstance(value, str) or not is_currency(value):
        raise ValueError("must be an ISO 4217 currency code in upper case, e.g. USD")
    return value


def _moment(value: object) -> datetime:
    hint = "must be a time with its offset, e.g. 2027-01-23T09:00:00-06:00"
    if not isinstance(value, str):
        raise ValueError(hint)  # noqa: TRY004 Pydantic collects ValueErrors
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(hint) from None
    if moment.tzinfo is None:
        raise ValueError(f"{hint}; this one names no offset")
    return moment


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, e.g. America/Chicago") from None


def _duration(value: object) -> timedelta:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a duration with its unit: ms, s, min, h or d, e.g. 30min")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 see _moment
    return value


def _email(value: object) -> str:
    if not isinstance(value, str) or not is_email(value):
        raise ValueError("must be an email address, e.g. name@example.com")
    return value


def _quoted(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a phone number in quotes, e.g. '+1-352-555-0100'")  # noqa: TRY004 see _moment
    if not value.strip().startswith(("+", "00")):
        raise ValueError(f"{value!r} needs its country code, e.g. '+1-352-555-0100'")
    return value


def _colour(value: object) -> str:
    if not isinstance(value, str) or not _COLOUR.match(value):
        raise ValueError("must be a colour in quotes, e.g. '#F6BA2B'")
    return value.upper()


def _link(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "/", "mailto:")) or re.search(r"\s", value):
        raise ValueError("must be a link: https://…, mailto:… or a path on this site, e.g. /help")
    return value


def utc(moment: datetime) -> datetime:
    """The moment in UTC."""
    return moment.astimezone(UTC)


Id = Annotated[str, BeforeValidator(_id)]
Text = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=2000)]
MinorUnits = Annotated[int, _whole("must be a whole number of minor units (cents), e.g. 59900", 0)]
Seats = Annotated[int, _whole("must be a whole number of seats, e.g. 100", 0)]
Count = Annotated[int, _whole("must be a whole number of 1 or more, e.g. 6", 1)]
Percent = Annotated[int, BeforeValidator(_percent)]
Currency = Annotated[str, BeforeValidator(_currency)]
# Kept as written, with its offset; comparisons and stores use `utc(moment)`.
Moment = Annotated[datetime, BeforeValidator(_moment)]
UtcMoment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(utc)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Email = Annotated[str, BeforeValidator(_email)]
Phone = Annotated[PhoneNumber, BeforeValidator(_quoted)]
Colour = Annotated[str, BeforeValidator(_colour)]
Link = Annotated[str, BeforeValidator(_link)]
