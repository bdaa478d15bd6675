"""A place in line as its link and inventory tell it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

_LINK: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{1,64})")


class PlaceState(StrEnum):
    """Where somebody in line stands, in inventory's words."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    EXPIRED = "expired"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """What opens a place in line, as its link has it: `0193476e-….Xq3…`.

    entry_id: the place
    token: whoever has it may look, leave and take an offer
    """

    entry_id: UUID
    token: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> PlaceLink | None:
        """None for what is no such link."""
        found = _LINK.fullmatch(text)
        return cls(UUID(found[1]), found[2]) if found else None

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in line.

    link: what opens it
    city_id, tier: the pool
    quantity: how many seats, all or nothing
    first_name, email: who waits
    state: where it stands
    ahead: how many wait for the same pool and came before
    offer_id: the newest offer
    offered_until: when that ends by itself
    """

    link: PlaceLink
    city_id: str
    tier: str
    quantity: int
    first_name: str = field(repr=False)
    email: str = field(repr=False)
    state: PlaceState
    ahead: int
    offer_id: UUID | None
    offered_until: datetime | None

    @property
    def open_offer(self) -> UUID | None:
        """The offer that can be taken now."""
        return self.offer_id if self.state is PlaceState.OFFERED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinWish:
    """A wish to wait for seats.

    city_id, tier: the pool
    quantity: how many seats, all or nothing
    first_name, email: who waits
    """

    city_id: str
    tier: str
    quantity: int
    first_name: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What whoever joins is told; the link comes by e-mail, since the address may be somebody else's.

    quantity: of the place that the address has, which may be an earlier one
    ahead: how many wait for the same pool and came before
    """

    quantity: int
    ahead: int
