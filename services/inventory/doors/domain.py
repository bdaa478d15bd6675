"""What a door decides about a ticket, and how scans of several doors become one admission. Pure.

Of all scans that let somebody in on a ticket the first one is its admission, whatever order they come to be known in;
every other one is a conflict. A door that has a network is told by inventory before it lets anybody in, so its time is
inventory's; only a door without one has let people in by itself, and tells of it later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
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
NOT_OURS, NOT_FOUND = "not_ours", "not_found"


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
class Verdict:
    """What came of a scan.

    asked: the scan
    outcome: what the door is told
    cause: why not, as a code; empty where somebody may come in
    ticket: the ticket, where there is one
    other: the scan of another door that let somebody in on the same ticket
    conflict: whether the door has let somebody in who should not have come, or came twice
    after: how the admission stands now, where the scan has changed it
    displaced: the scan that counted before, where this one was earlier
    """

    asked: Asked
    outcome: Outcome
    cause: str = ""
    ticket: DoorTicket | None = None
    other: Admission | None = None
    conflict: bool = False
    after: Admission | None = None
    displaced: Admission | None = None


def void_cause(ticket_code: str, shown: str | None, *, void: str | None) -> str | None:
    """Why the code that was shown lets nobody in: an older one of the same seat never does."""
    return MOVED if shown is not None and shown != ticket_code else void


def decide(asked: Asked, gate: Gate, ticket: DoorTicket, admission: Admission, *, known: Collection[str]) -> Verdict:
    """Decides about a ticket of ours. `known`: scans of it that have let somebody in before."""
    refused = _refused(asked, gate, ticket)
    if refused is not None:
        return refused
    if asked.scan == admission.scan or asked.scan in known:
        return _again(asked, ticket, admission)
    if not admission.inside:
        return Verdict(asked=asked, outcome=Outcome.ADMITTED, ticket=ticket, after=_entered(asked, gate, admission))
    if gate.offline and _first(asked, gate, admission):
        return Verdict(
            asked=asked,
            outcome=Outcome.ADMITTED,
            ticket=ticket,
            other=admission,
            conflict=True,
            after=_entered(asked, gate, admission),
            displaced=admission,
        )
    return _used(asked, ticket, admission, conflict=gate.offline)


def _refused(asked: Asked, gate: Gate, ticket: DoorTicket) -> Verdict | None:
    cause = void_cause(ticket.code, asked.code, void=ticket.void)
    if cause is not None:
        return Verdict(asked=asked, outcome=Outcome.VOID, cause=cause, ticket=ticket, conflict=gate.offline)
    if gate.city_id not in (None, ticket.city_id):
        return Verdict(
            asked=asked, outcome=Outcome.WRONG_CITY, cause=ticket.city_id, ticket=ticket, conflict=gate.offline
        )
    return None


def _again(asked: Asked, ticket: DoorTicket, admission: Admission) -> Verdict:
    """The answer to a scan that was told before: it changes nothing, also not after somebody has undone it."""
    if admission.inside and asked.scan != admission.scan:
        return _used(asked, ticket, admission, conflict=True)
    return Verdict(asked=asked, outcome=Outcome.ADMITTED, ticket=ticket)


def _used(asked: Asked, ticket: DoorTicket, admission: Admission, *, conflict: bool) -> Verdict:
    return Verdict(
        asked=asked,
        outcome=Outcome.ALREADY_USED,
        cause=Outcome.ALREADY_USED,
        ticket=ticket,
        other=admission,
        conflict=conflict,
    )


def _first(asked: Asked, gate: Gate, admission: Admission) -> bool:
    """Two scans of one moment are ordered by their doors, so that all orders of arrival end alike."""
    there = admission.scanned_at
    return there is not None and (asked.scanned_at, gate.door, asked.scan) < (there, admission.door, admission.scan)


def _entered(asked: Asked, gate: Gate, before: Admission) -> Admission:
    return replace(
        before,
        inside=True,
        scan=asked.scan,
        door=gate.door,
        scanned_at=asked.scanned_at,
        version=before.version + 1,
    )


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


def entries(verdict: Verdict, gate: Gate, *, actor: str) -> list[LogEntry]:
    """The rows of the log for a verdict; one on something that is no ticket of ours leaves none."""
    ticket = verdict.ticket
    if ticket is None:
        return []
    asked, after = verdict.asked, verdict.after
    entry = LogEntry(
        order_id=ticket.order_id,
        seat=ticket.seat,
        city_id=ticket.city_id,
        tier=ticket.tier,
        what=Happening.ADMITTED if after else Happening.CONFLICT if verdict.conflict else Happening.REFUSED,
        cause=verdict.cause,
        scan=asked.scan,
        door=gate.door,
        scanned_at=asked.scanned_at,
        offline=gate.offline,
        actor=actor,
        version=after.version if after else None,
    )
    if verdict.outcome is Outcome.ADMITTED and after is None:
        return []
    lost = verdict.displaced
    if lost is None or lost.scanned_at is None:
        return [entry]
    conflict = replace(
        entry,
        what=Happening.CONFLICT,
        cause=Outcome.ALREADY_USED,
        scan=lost.scan,
        door=lost.door,
        scanned_at=lost.scanned_at,
        version=None,
    )
    return [entry, conflict]


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
