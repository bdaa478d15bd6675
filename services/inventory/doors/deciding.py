"""What a door decides about a ticket, and how scans of several doors become one admission. Pure.

Of all scans that let somebody in on a ticket the first one is its admission, whatever order they come to be known in;
every other one is a conflict. A door that has a network is told by inventory before it lets anybody in, so its time is
inventory's; only a door without one has let people in by itself, and tells of it later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from inventory.doors.domain import MOVED, Admission, Asked, DoorTicket, Gate, Happening, LogEntry, Outcome


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
