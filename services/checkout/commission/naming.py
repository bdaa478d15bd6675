"""By what Stripe knows a collection, whatever was restored meanwhile (P-7). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from chassis.ids import uuid7_of
from checkout.commission.domain import Collection, Received

_NAME: Final = re.compile(r"commission-([0-9a-z]*)-([0-9]{1,9})-([A-Z]{3})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionName:
    """What a group says: an installation's mark, and the provider's collection in a currency, by its number."""

    mark: str
    provider_id: int
    currency: str
    number: int

    @classmethod
    def read(cls, group: object) -> Self | None:
        """None for what is no group of ours."""
        found = _NAME.fullmatch(group) if isinstance(group, str) else None
        if found is None:
            return None
        mark, provider, currency, number = found.groups()
        return cls(mark=mark, provider_id=int(provider), currency=currency, number=int(number))


def group_of(collection: Collection) -> str:
    """The group of its debit, and what its invoice's metadata say."""
    return f"commission-{collection.mark}-{collection.provider_id}-{collection.currency}-{collection.number}"


def told_as(group: str, received: Received, type_: str) -> UUID:
    """The id of the event of money that came: after a restore it is told as the same."""
    return uuid7_of(received.at, group, type_)
