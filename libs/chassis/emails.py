"""E-mail addresses: which text is one, and which two are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

from languages import gettext_noop

LONGEST: Final = 254
# Excludes control characters, and characters that end an address in a header, a list or a text.
_PART: Final = r"[^\s\x00-\x1f\x7f@.<>\"(),:;\[\]\\]+"
_ADDRESS: Final = re.compile(rf"{_PART}(?:\.{_PART})*@{_PART}(?:\.{_PART})+")


def is_email(text: str) -> bool:
    """Whether the text has the form of an address: one name, one @, and a domain with an ending."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def normal_email(text: str) -> str:
    """The address as it is kept: without spaces around it and unseen characters, full-width letters as plain ones."""
    if text.isascii():
        return text.strip()
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    return unicodedata.normalize("NFKC", seen).strip()


def email_key(email: str) -> str:
    """The form in which two spellings of an address are equal: the normal one in lower case."""
    return normal_email(email).casefold()


def _checked(text: str) -> str:
    if not is_email(text):
        raise ValueError(gettext_noop("Write an email address such as name@example.com."))
    return text


def _normal(value: object) -> object:
    return normal_email(value) if isinstance(value, str) else value


EmailAddress = Annotated[str, AfterValidator(_checked), BeforeValidator(_normal)]
