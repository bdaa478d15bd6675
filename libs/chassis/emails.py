"""E-mail addresses: what one is, and what two spellings of it have in common."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator

LONGEST: Final = 254
# No control characters, and nothing that ends an address in a header, a list or a text.
_PART: Final = r"[^\s\x00-\x1f\x7f@.<>\"(),:;\[\]\\]+"
_ADDRESS: Final = re.compile(rf"{_PART}(?:\.{_PART})*@{_PART}(?:\.{_PART})+")


def is_email(text: str) -> bool:
    """Whether mail can be sent to it: one name, one @, and a domain with an ending."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def email_key(email: str) -> str:
    """What two spellings of an address have in common: no spaces around it, no difference of case."""
    return email.strip().casefold()


def _checked(text: str) -> str:
    if not is_email(text):
        raise ValueError("Write an email address such as name@example.com")
    return text


EmailAddress = Annotated[str, AfterValidator(_checked)]
