"""Reads phone numbers as people write them into E.164, or refuses them with a reason (N-6)."""

from __future__ import annotations

import re
from typing import Annotated, Final

import phonenumbers
from babel.core import get_global
from pydantic import AfterValidator

_AT_HOME: Final = "US"
_EXAMPLE: Final = "+1-352-555-0100"
# An extension has no place in E.164: who calls or texts reaches the number itself.
_EXTENSION: Final = re.compile(r"[\s,;.]*(?:ext(?:ension|n)?|x|#)[\s.:=]*\d{1,7}\s*\Z", re.IGNORECASE)
_LONGEST: Final = 50


def parse_phone(text: str, *, region: str = _AT_HOME) -> str:
    """The number in E.164 (`+1-352-555-0100` → `+13525550100`); raises ValueError with a sentence for anything else.

    A number without a country code is read as one of `region`; 00 in front stands for +.
    """
    written = _written(text)
    if any(character.isalpha() for character in written):
        raise ValueError(f"{text!r} is a placeholder, not a phone number; write one such as {_EXAMPLE}")
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{text!r} is not a phone number; write one such as {_EXAMPLE}") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"{text!r} has the wrong number of digits; write it such as {_EXAMPLE}")
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{text!r} is nobody's number: no such area or network; write it such as {_EXAMPLE}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable_phone(text: str | None, *, region: str) -> str | None:
    """The number as `parse_phone`; None for a text that is none."""
    try:
        return parse_phone(text or "", region=region)
    except ValueError:
        return None


def region_of(zone: str) -> str:
    """The country of a time zone, whose numbers need no country code: `GB` for Europe/London."""
    zone = get_global("zone_aliases").get(zone, zone)
    region: str = get_global("zone_territories").get(zone, _AT_HOME)
    return region if region in phonenumbers.SUPPORTED_REGIONS else _AT_HOME


def _written(text: str) -> str:
    number = text.strip()[:_LONGEST].removeprefix("tel:")
    number = _EXTENSION.sub("", number)
    return f"+{number[2:]}" if number.startswith("00") else number


PhoneNumber = Annotated[str, AfterValidator(parse_phone)]
