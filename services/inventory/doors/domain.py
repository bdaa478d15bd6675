"""What doors know of tickets, and what happens there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

TicketKey = tuple[UUID, int]


class DoorAction(StrEnum):
    """What people do at doors, for the audit."""

    CHECKED_IN = "ticket_checked_in"
    UNDONE = "ticket_check_in_undone"


class Outcome(StrEnum):
    """What a door is told of a ticket."""

    ADMITTED = "admitted"
    ALREADY_USED = "already_used"
    VOID = "void"
    WRONG_CITY = "wrong_city"
    UNKNOWN = "unknown"


class Happening(StrEnum):
    """What a row of the log tells of."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    CONFLICT = "conflict"
    UNDONE = "undone"


# Why a ticket lets nobody in, as a code, by what made it void.
VOID_CAUSES = {"order_refunded": "refunded", "order_dispute_closed": "disputed"}
MOVED, DISPUTED, OVERSOLD, RETURNED = "moved", "disputed", "oversold", "returned"
NOT_OURS, NOT_FOUND, A_PASS = "not_ours", "not_found", "a_pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTicket:
    """A ticket as a door needs it: nothing of it says whose it is.

    order_id, seat: the ticket
    order_number: the order's short number
    seats: how many seats the order has
    city_id, tier: the pool of its seat
    code: the one that is good now
    void: why it lets nobody in, as a code; None while it is good
    """

    order_id: UUID
    seat: int
    order_number: str | None
    seats: int
    city_id: str
    tier: str
    code: str
    void: str | None

    @property
    def key(self) -> TicketKey:
        return (self.order_id, self.seat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was shown at a door: a code, or order number and seat.

    code: the code as it was read
    order_number, seat: what was typed instead
    scan: tells this scan from others, however often it is sent
    scanned_at: when it was scanned
    """

    code: str | None = None
    order_number: str | None = None
    seat: int | None = None
    scan: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Where tickets are shown.

    door: what people call it
    city_id: whose tickets count; None where any do
    offline: whether it had no network, has let people in by itself, and tells of it now
    """

    door: str
    city_id: str | None
    offline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a ticket's holder is in, and by which scan.

    order_id, seat: the ticket
    inside: whether they are in
    scan, door, scanned_at: the scan that counts, or the last one that did
    version: grows with each change; 0 before the first
    """

    order_id: UUID
    seat: int
    inside: bool = False
    scan: str = ""
    door: str = ""
    scanned_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What happened at a door with a ticket.

    order_id, seat, city_id, tier: the ticket
    what: what happened
    cause: why not, as a code
    scan, door, scanned_at: the scan
    offline: whether the door told of it later
    actor: who was at the door, or undid it
    reason: why it was undone
    version: of the admission that it made; None where it made none
    """

    order_id: UUID
    seat: int
    city_id: str
    tier: str
    what: Happening
    cause: str = ""
    scan: str
    door: str
    scanned_at: datetime
    offline: bool
    actor: str
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """A row of the log as it was written; `id` grows with time.

    id: the row's number
    recorded_at: when inventory knew of it
    order_number: the order's short number
    entry: what happened
    """

    id: int
    recorded_at: datetime
    order_number: str | None
    entry: LogEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Somebody who is in.

    order_id, seat, order_number: the ticket
    city_id, tier: where it was used, and for which kind of seat
    door, scanned_at: by which scan
    """

    order_id: UUID
    seat: int
    order_number: str | None
    city_id: str
    tier: str
    door: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCity:
    """A city as its doors know it.

    city_id: the catalogue's id
    name: what people call it; the id until the catalogue has said it here
    time_zone: the zone of its clocks
    starts: when the workshop begins, where that is known
    """

    city_id: str
    name: str
    time_zone: str
    starts: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCounts:
    """How full a city is.

    tickets: tier → how many tickets let somebody in
    inside: tier → how many are in
    doors: door → how many came in there
    conflicts: how many people were let in who should not have come, or came twice
    """

    tickets: dict[str, int]
    inside: dict[str, int]
    doors: dict[str, int]
    conflicts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFilters:
    """Filters of who is in, and of the log; None means any.

    city_id, tier: the pool
    door: the door
    what: what happened; for the log only
    """

    city_id: str | None = None
    tier: str | None = None
    door: str | None = None
    what: Happening | None = None
