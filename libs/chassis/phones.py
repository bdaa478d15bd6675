"""Parses phone numbers as people write them into E.164, or refuses them with a reason (N-6)."""

from __future__ import annotations

from typing import Annotated

import phonenumbers
from pydantic import AfterValidator


def parse_phone(text: str, *, region: str = "US") -> str:
    """The number in E.164 (`+1-352-555-0100` → `+13525550100`); raises ValueError with a sentence for anything else.

    A number without a country code is read as one of `region`.
    """
    if any(character.isalpha() for character in text):
        raise ValueError(f"{text!r} is a placeholder, not a phone number; write one such as +1-352-555-0100")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError(f"{text!r} is not a phone number; write one such as +1-352-555-0100") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"{text!r} has the wrong number of digits; write it such as +1-352-555-0100")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_phone(text: str) -> bool:
    """Whether `parse_phone` accepts it."""
    try:
        parse_phone(text)
    except ValueError:
        return False
    return True


PhoneNumber = Annotated[str, AfterValidator(parse_phone)]
