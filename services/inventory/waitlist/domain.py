"""Who waits, and who is next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EntryState(StrEnum):
    """Where somebody in line stands.

    ```
             seats come back           the offer is taken
    waiting ────────────────▶ offered ──────────────────▶ taken
       │ ▲   a paid order needs them │ │ its time is over
       │ └──────────────────────────┘ └──────▶ expired
       └──────── left, also from offered
    ```
    """

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    EXPIRED = "expired"
    LEFT = "left"

    @property
    def in_line(self) -> bool:
        return self in {EntryState.WAITING, EntryState.OFFERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who waits.

    email: where the offer is sent to
    first_name: how the person is addressed
    language: in which the person is written to
    """

    email: str = field(repr=False)
    first_name: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place in line for seats of a pool.

    entry_id: its id
    place: whoever has a smaller one came first
    city_id, tier: the pool
    quantity: how many seats, all or nothing
    person: who waits
    token: whoever has it sees the entry, may leave, and may take its offer
    state: where it stands
    joined_at: since when the person waits
    offer_id: the hold of the seats that are, or were, offered
    offered_until: when the offer ends by itself
    """

    entry_id: UUID
    place: int = 0
    city_id: str
    tier: str
    quantity: int
    person: Person
    token: str = field(repr=False)
    state: EntryState = EntryState.WAITING
    joined_at: datetime
    offer_id: UUID | None = None
    offered_until: datetime | None = None

    def offered(self, offer_id: UUID, *, until: datetime) -> Entry:
        return replace(self, state=EntryState.OFFERED, offer_id=offer_id, offered_until=until)

    def again(self) -> Entry:
        """The same place in line: a paid order needed the seats that were offered."""
        return replace(self, state=EntryState.WAITING, offer_id=None, offered_until=None)

    def over(self, state: EntryState) -> Entry:
        return replace(self, state=state)


def next_in_line(waiting: Iterable[Entry], free: int) -> list[Entry]:
    """Whom so many free seats are offered to: first come, first served.

    Whoever asks for more than is left waits on, and doesn't block smaller ones behind: no seat is idle while somebody
    waits whom it would do.
    """
    chosen = []
    for entry in waiting:
        if entry.quantity <= free:
            chosen.append(entry)
            free -= entry.quantity
        if not free:
            break
    return chosen
