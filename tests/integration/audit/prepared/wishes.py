"""What a person must ask for, so that a deed is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.audit.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person must ask for, so that a deed is done: the parts of its path, and its body; a page's form has that
    of its own.
    """

    body: Mapping[str, Any] | None = None
    parts: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None


Prepare = Callable[[House, str], Awaitable[Wish]]
BECAUSE = {"because": "it was a test"}


async def because(_house: House, _service: str) -> Wish:
    return Wish(body=BECAUSE)


async def some_reason(_house: House, _service: str) -> Wish:
    return Wish(body={"reason": "it was a test"})


async def nothing(_house: House, _service: str) -> Wish:
    return Wish(body={})
