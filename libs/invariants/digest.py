"""The digest: what a service tells another of itself at `/internal/digest…`, as parts of the evidence in JSON.

Names and forms are those of `invariants.evidence`. Addresses of people and ticket codes are never sent: both sides
replace them by fingerprints, keyed with the key of internal calls, and compare these.
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

# The most orders of one request, and ids of one page; the most alerts of one request.
ORDERS: Final = 500
ALERTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The body of any response to a digest request.

    part: the evidence
    ids: of orders, where ids were asked for
    next_cursor: where the next page begins, None at the end
    directory: a version that changes when configuration names other people for something
    """

    part: Evidence = field(default_factory=Evidence)
    ids: tuple[str, ...] = ()
    next_cursor: str | None = None
    directory: str = ""

    def json(self) -> bytes:
        """The body as JSON."""
        return _DIGEST.dump_json(self, exclude_defaults=True)

    @classmethod
    def read(cls, text: bytes) -> Digest:
        """The answer in a body; raises ValueError for any other body."""
        return _DIGEST.validate_json(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert, as far as it decides whom it reaches.

    alert_id: the alert
    severity: one of `events.Severity`
    category: what it is about
    roles: who is to be reached
    channels: how they are to be reached
    """

    alert_id: str
    severity: str
    category: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]


class Fingerprints:
    """Makes keyed hashes of personal data: without the key, phone numbers are few enough to be tried out."""

    def __init__(self, key: str) -> None:
        self._key = b"digest " + key.encode()

    def of(self, text: str) -> str:
        """The fingerprint of an address; equal for addresses that differ only in case and outer spaces."""
        return hmac.digest(self._key, text.strip().lower().encode(), sha256)[:16].hex()

    def exactly(self, text: str) -> str:
        """The fingerprint of a text in which case matters, such as a code."""
        return hmac.digest(self._key, text.encode(), sha256)[:16].hex()


def joined(parts: Iterable[Evidence]) -> Evidence:
    """The evidence of all parts together. Lists are joined; of any other field the last value that is set counts."""
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
    """The things in batches of `size`."""
    rest = iter(things)
    while batch := tuple(islice(rest, size)):
        yield batch


_DIGEST: Final = TypeAdapter(Digest)
