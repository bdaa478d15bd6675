"""E-mail addresses: which text is one, and which two are the same."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

LONGEST: Final = 254
# Excludes control characters, and characters that end an address in a header, a list or a text.
_PART: Final = r"[^\s\x00-\x1f\x7f@.<>\"(),:;\[\]\\]+"
_ADDRESS: Final = re.compile(rf"{_PART}(?:\.{_PART})*@{_PART}(?:\.{_PART})+")


def is_email(text: str) -> bool:
    """Whether the text has the form of an address: one name, one @, and a domain with an ending."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def email_key(email: str) -> str:
    """The form in which two spellings of an address are equal: lower case, without spaces around it."""
    return email.strip().casefold()


def _checked(text: str) -> str:
    if not is_email(text):
        raise ValueError("Write an email address such as name@example.com")
    return text


EmailAddress = Annotated[str, AfterValidator(_checked)]
