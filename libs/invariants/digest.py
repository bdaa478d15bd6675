"""What services tell each other of themselves at `/internal/digest…`: parts of the evidence, as JSON.

Names and forms are those of `invariants.evidence`. Whoever is written to, and the codes that open a door, don't travel:
both sides turn them into the same fingerprint, with the key of internal calls, and compare these.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from itertools import islice
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from invariants.evidence import Evidence

T = TypeVar("T")

# How many orders one question is about, and one page of ids has, at most; and how many alerts.
ORDERS: Final = 500
ALERTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Of any digest. `ids`: of orders; `next_cursor`: where the next page begins, None at the end.

    `directory` is another one when configuration names others who hear of something.
    """

    part: Evidence = field(default_factory=Evidence)
    ids: tuple[str, ...] = ()
    next_cursor: str | None = None
    directory: str = ""

    def json(self) -> bytes:
        return _ANSWER.dump_json(self, exclude_defaults=True)

    @classmethod
    def read(cls, text: bytes) -> Answer:
        """Raises ValueError for what is no answer of ours."""
        return _ANSWER.validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert, as far as it decides whom it reaches; `severity` is one of `events.Severity`."""

    alert_id: str
    severity: str
    category: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]


class Fingerprints:
    """Keyed, since telephone numbers are few enough to be tried. Equal for addresses that differ in case only."""

    def __init__(self, key: str) -> None:
        self._key = b"digest " + key.encode()

    def of(self, text: str) -> str:
        return hmac.digest(self._key, text.strip().lower().encode(), sha256)[:16].hex()

    def exactly(self, text: str) -> str:
        """For what is another thing in another case, such as a code."""
        return hmac.digest(self._key, text.encode(), sha256)[:16].hex()


def joined(parts: Iterable[Evidence]) -> Evidence:
    """One look from its parts; of what isn't a list the last part that says something counts."""
    found: dict[str, Any] = {}
    for part in parts:
        for each in fields(part):
            value, known = getattr(part, each.name), found.get(each.name)
            if isinstance(value, tuple) and isinstance(known, tuple):
                found[each.name] = (*known, *value)
            elif value != each.default:
                found[each.name] = value
    return replace(Evidence(), **found)


def batches(things: Iterable[T], size: int = ORDERS) -> Iterator[tuple[T, ...]]:
    rest = iter(things)
    while batch := tuple(islice(rest, size)):
        yield batch


_ANSWER: Final = TypeAdapter(Answer)
