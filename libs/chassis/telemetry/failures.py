"""What a log line may say of an exception: its kind, place and message, never the values in it (E-10)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from functools import singledispatch
from typing import Final

from pydantic import ValidationError

_CAUSED: Final = "\nThe above exception was the direct cause of the following one:\n\n"
_MEANWHILE: Final = "\nWhile handling the above exception, another one occurred:\n\n"


@singledispatch
def message_of(error: BaseException) -> str:
    """The exception's own message; kinds whose message repeats their input register another function."""
    return str(error)


@message_of.register
def _(error: ValidationError) -> str:
    """Pydantic's own words repeat the input."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in found)
    return f"{error.error_count()} errors in {error.title}: {places}"


def traceback_of(error: BaseException) -> str:
    """The traceback as Python prints it, causes included, with messages by `message_of` and without local variables."""
    return "".join(_lines(error, seen=set()))


def kind_of(error: BaseException) -> str:
    """The exception's class with its module."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _lines(error: BaseException, *, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    if error.__cause__ is not None and id(error.__cause__) not in seen:
        yield from _lines(error.__cause__, seen=seen)
        yield _CAUSED
    elif error.__context__ is not None and not error.__suppress_context__ and id(error.__context__) not in seen:
        yield from _lines(error.__context__, seen=seen)
        yield _MEANWHILE
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _lines(inner, seen=seen)
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{kind_of(error)}: {message_of(error)}\n"
