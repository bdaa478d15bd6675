"""What doors ask, and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.app import Body, Moment, Out, PlainText, Words, no_cursor, read_cursor, write_cursor
from inventory.doors.deciding import Verdict
from inventory.doors.domain import Admission, DoorTicket, Happening, Inside, LoggedEntry, Outcome

MOST_CODES = 250
_SEAT_DIGITS = 5

Code = Annotated[str, StringConstraints(min_length=1, max_length=400)]
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=_PLAIN)]
Door = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=_PLAIN)]
Scan = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


def inside_cursor(row: Inside) -> str:
    """The place behind somebody who is in."""
    return write_cursor(row.scanned_at, f"{row.order_id}/{row.seat}")


def read_inside_cursor(text: str) -> tuple[datetime, str]:
    """The time and ticket of such a place; raises InvalidRequest."""
    moment, ticket = read_cursor(text)
    order_id, _, seat = ticket.partition("/")
    if not _is_uuid(order_id) or not seat.isdecimal() or len(seat) > _SEAT_DIGITS:
        raise no_cursor()
    return moment, ticket


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class ShownIn(Body):
    """A ticket: its code, or order number and seat typed by hand."""

    code: Code | None = Field(None, description="what the QR code says")
    order_number: Number | None = Field(None, description="the order's short number, with `seat`")
    seat: int | None = Field(None, ge=1, le=65_535, description="the seat within the order")

    @property
    def typed(self) -> bool:
        """Whether order number and seat stand for the code."""
        return self.order_number is not None and self.seat is not None

    def _ways(self) -> int:
        return (self.code is not None) + self.typed

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        halves = (self.order_number is None) != (self.seat is None)
        if halves or self._ways() != 1:
            raise ValueError("Give code, or orderNumber with seat")
        return self


class ScannedIn(Body):
    """A scan of a door that had no network."""

    code: Code
    scanned_at: Moment = Field(description="when somebody was let in on it")
    scan_id: Scan | None = Field(None, description="tells it from others; the same again changes nothing")


class CheckinIn(ShownIn):
    """What is shown at a door, or what a door without a network has let in."""

    codes: list[ScannedIn] | None = Field(
        None, min_length=1, max_length=MOST_CODES, description="scans that have let somebody in already; repeatable"
    )
    city_id: PlainText | None = Field(None, description="whose tickets count; without it any do")
    door: Door = Field("", description="what people call the door")
    scan_id: Scan | None = Field(None, description="with one, a request whose answer was lost can be sent again")

    def _ways(self) -> int:
        return super()._ways() + (self.codes is not None)


class UndoIn(ShownIn):
    """A check-in that was a mistake."""

    reason: Words = Field(description="why, for the record")


class UseOut(Out):
    """Where and when somebody came in on a ticket."""

    door: str
    scanned_at: datetime

    @classmethod
    def of(cls, admission: Admission | None) -> UseOut | None:
        if admission is None or admission.scanned_at is None:
            return None
        return cls(door=admission.door, scanned_at=admission.scanned_at)


class CheckinOut(Out):
    """What came of a scan; nothing of it says whose ticket it is."""

    result: Outcome
    cause: str | None = Field(
        description="why not, as a code: already_used; refunded, moved, oversold or disputed; the id of the city that"
        " the ticket is for; not_ours, not_found"
    )
    order_number: str | None = None
    order_id: UUID | None = None
    seat: int | None = None
    seats: int | None = Field(None, description="how many seats the order has")
    tier: str | None = None
    city_id: str | None = None
    used: UseOut | None = Field(None, description="the other scan on the same ticket")
    conflict: bool = Field(description="whether somebody was let in who should not have come, or came twice")
    scan_id: str

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        ticket = verdict.ticket
        return cls(
            result=verdict.outcome,
            cause=verdict.cause or None,
            order_number=ticket.order_number if ticket else None,
            order_id=ticket.order_id if ticket else None,
            seat=ticket.seat if ticket else None,
            seats=ticket.seats if ticket else None,
            tier=ticket.tier if ticket else None,
            city_id=ticket.city_id if ticket else None,
            used=UseOut.of(verdict.other),
            conflict=verdict.conflict,
            scan_id=verdict.asked.scan,
        )


class CheckinsOut(Out):
    """What came of each scan of a list, in its order."""

    results: list[CheckinOut]
    admitted: int
    conflicts: int


class UndoneOut(Out):
    """The ticket that can be used again."""

    success: bool = True
    order_number: str | None
    seat: int
    city_id: str
    tier: str

    @classmethod
    def of(cls, ticket: DoorTicket) -> Self:
        return cls.model_validate(ticket)


class InsideOut(Out):
    """Somebody who is in."""

    order_id: UUID
    order_number: str | None
    seat: int
    city_id: str
    tier: str
    door: str
    scanned_at: datetime

    @classmethod
    def of(cls, inside: Inside) -> Self:
        return cls.model_validate(inside)


class HappenedOut(Out):
    """What happened at a door with a ticket."""

    id: str
    what: Happening
    cause: str | None = None
    order_id: UUID
    order_number: str | None = None
    seat: int
    city_id: str
    tier: str
    door: str
    scanned_at: datetime
    recorded_at: datetime
    offline: bool = Field(description="whether the door told of it later")
    actor: str
    reason: str | None = None

    @classmethod
    def of(cls, row: LoggedEntry) -> Self:
        entry = row.entry
        return cls(
            id=str(row.id),
            what=entry.what,
            cause=entry.cause or None,
            order_id=entry.order_id,
            order_number=row.order_number,
            seat=entry.seat,
            city_id=entry.city_id,
            tier=entry.tier,
            door=entry.door,
            scanned_at=entry.scanned_at,
            recorded_at=row.recorded_at,
            offline=entry.offline,
            actor=entry.actor,
            reason=entry.reason or None,
        )


class DoorCountsOut(Out):
    """How full a city is."""

    city_id: str
    tickets: dict[str, int] = Field(description="tier: how many tickets let somebody in")
    inside: dict[str, int] = Field(description="tier: how many are in")
    doors: dict[str, int] = Field(description="door: how many came in there")
    conflicts: int = Field(description="how many were let in who should not have come, or came twice")


class SignedListOut(Out):
    """What a door takes along for when it has no network."""

    payload: str = Field(
        description="JSON: cityId, cityTag, version, madeAt, tickets, the public keys, void and used codes as the first"
        " 10 bytes of their SHA-256"
    )
    version: str
    key_id: str
    signature: str = Field(description="Ed25519 over `fullhouse door list 1`, a zero byte, and the payload")


class TicketOut(Out):
    """A ticket, without whose it is and without its code."""

    order_id: UUID
    order_number: str | None
    seat: int
    seats: int
    city_id: str
    tier: str
    valid: bool
    void: str | None = Field(description="why it lets nobody in, as a code")
    inside: bool
    used: UseOut | None = Field(description="the scan by which somebody is in")
    history: list[HappenedOut]
