"""Says a text in the language of whoever is spoken to: that of the request, or of the order that a message is about.

The language is the context's own: a request or a message sets it once, and whatever runs for it finds it. Values stand
as `%(name)s`, and a percent sign as `%%`, as in templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from languages.shipped import ENGLISH, Language

_CURRENT: Final[ContextVar[Language]] = ContextVar("language", default=ENGLISH)


def current() -> Language:
    """The language that is spoken now; English for what is said to nobody in particular."""
    return _CURRENT.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speaks this language within the block."""
    token = _CURRENT.set(language)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def gettext(message: str, **values: object) -> str:
    """The text in the current language, with its values."""
    return current().texts.gettext(message) % values


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """The form for this number, which the text has as `%(count)s`."""
    return current().texts.ngettext(singular, plural, number) % {"count": number, **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """A text that means another thing elsewhere; `context` says what it is here."""
    return current().texts.pgettext(context, message) % values


def gettext_noop(message: str) -> str:
    """Marks a text that is said later, by `translate`."""
    return message


def translate(text: str) -> str:
    """A text without values that was marked before; one that is in no catalogue, as people type them, as it is."""
    return current().texts.gettext(text) if text else ""
