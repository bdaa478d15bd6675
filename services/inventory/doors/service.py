"""What is done at doors: people come in, once a ticket, and a mistake is undone (I-11). Each takes the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis import audit
from chassis.audit import Actor, Change
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.pass_codes import CODE_PREFIX
from chassis.tickets import TicketInvalid, TicketVerifier
from eventbus import Outbox
from events import OrderId, TicketCheckedIn
from inventory.doors import log_store, store
from inventory.doors.deciding import Verdict, decide, entries
from inventory.doors.domain import (
    A_PASS,
    NOT_FOUND,
    NOT_OURS,
    Admission,
    Asked,
    DoorAction,
    DoorTicket,
    Gate,
    Happening,
    LogEntry,
    Outcome,
    TicketKey,
)
from inventory.doors.errors import NotInside, UnknownTicket


class Doors:
    """Decides about tickets that are shown at doors. Which of two doors is first, the database says."""

    def __init__(self, outbox: Outbox, verifier: TicketVerifier, *, clock: Clock) -> None:
        self._outbox = outbox
        self._verifier = verifier
        self._clock = clock

    async def check_in(self, tx: Transaction, shown: Sequence[Asked], gate: Gate, *, actor: Actor) -> list[Verdict]:
        """What came of each scan, in their order; a scan that was told before has its answer again."""
        keys = await self._keys(tx, shown)
        tickets = {ticket.key: ticket for ticket in await store.tickets_of(tx, set(filter(None, keys)))}
        admissions = await store.locked(tx, tickets.values())
        known = await log_store.entered_before(tx, tickets)
        verdicts: dict[int, Verdict] = {}
        for number in sorted(range(len(shown)), key=lambda number: (shown[number].scanned_at, number)):
            key = keys[number]
            verdict = self._decide(shown[number], gate, tickets.get(key) if key else None, admissions, known)
            verdicts[number] = verdict
            if key and verdict.after is not None:
                admissions[key] = replace(verdict.after, version=self._version(admissions[key]))
                verdicts[number] = replace(verdict, after=admissions[key])
                known.setdefault(key, set()).add(verdict.asked.scan)
        ordered = [verdicts[number] for number in range(len(shown))]
        await self._save(tx, ordered, gate, actor)
        return ordered

    async def undo(self, tx: Transaction, shown: Asked, *, reason: str, actor: Actor) -> DoorTicket:
        """Lets the ticket be used again; the log keeps that it was.

        Raises UnknownTicket or NotInside.
        """
        ticket = await self.find(tx, shown)
        before = (await store.locked(tx, [ticket]))[ticket.key]
        if not before.inside or before.scanned_at is None:
            raise NotInside
        after = replace(before, inside=False, version=self._version(before))
        await store.save(tx, [(ticket, after)])
        entry = LogEntry(
            order_id=ticket.order_id,
            seat=ticket.seat,
            city_id=ticket.city_id,
            tier=ticket.tier,
            what=Happening.UNDONE,
            scan=before.scan,
            door=before.door,
            scanned_at=before.scanned_at,
            offline=False,
            actor=actor.name,
            reason=reason,
            version=after.version,
        )
        await log_store.append(tx, [entry])
        await self._outbox.publish(tx, _event(ticket, after, self._clock.now(), offline=False))
        await audit.record(
            tx,
            DoorAction.UNDONE,
            actor=actor,
            target=target_of(ticket.key),
            reason=reason,
            before=_facts(before),
            after=_facts(after),
        )
        return ticket

    async def find(self, reader: Reader, shown: Asked) -> DoorTicket:
        """The ticket of a code, also of an older one of its seat, or of order number and seat; raises UnknownTicket."""
        (key,) = await self._keys(reader, [shown])
        found = await store.tickets_of(reader, [key] if key else [])
        if not found:
            raise UnknownTicket
        return found[0]

    async def _keys(self, reader: Reader, shown: Sequence[Asked]) -> list[TicketKey | None]:
        typed = {(each.order_number, each.seat) for each in shown if each.order_number and each.seat}
        numbers = await store.by_numbers(reader, typed) if typed else {}
        return [self._key(each, numbers) for each in shown]

    def _key(self, shown: Asked, numbers: Mapping[tuple[str, int], TicketKey]) -> TicketKey | None:
        if shown.code is None:
            return numbers.get((shown.order_number or "", shown.seat or 0))
        try:
            claims = self._verifier.verify(shown.code)
        except TicketInvalid:
            return None
        return (claims.order_id, claims.seat)

    def _decide(
        self,
        asked: Asked,
        gate: Gate,
        ticket: DoorTicket | None,
        admissions: Mapping[TicketKey, Admission],
        known: Mapping[TicketKey, set[str]],
    ) -> Verdict:
        if ticket is not None:
            return decide(asked, gate, ticket, admissions[ticket.key], known=known.get(ticket.key, ()))
        return Verdict(asked=asked, outcome=Outcome.UNKNOWN, cause=self._cause(asked.code), conflict=gate.offline)

    def _cause(self, code: str | None) -> str:
        """Why there is no ticket for what was shown. A pass is used up at checkout, not here (C-9)."""
        if code is None:
            return NOT_FOUND
        if code.strip().startswith(CODE_PREFIX):
            return A_PASS
        try:
            self._verifier.verify(code)
        except TicketInvalid:
            return NOT_OURS
        return NOT_FOUND

    async def _save(self, tx: Transaction, verdicts: Sequence[Verdict], gate: Gate, actor: Actor) -> None:
        await log_store.append(
            tx, [entry for verdict in verdicts for entry in entries(verdict, gate, actor=actor.name)]
        )
        changed = [(each.ticket, each.after) for each in verdicts if each.ticket and each.after]
        if not changed:
            return
        newest = {ticket.key: (ticket, after) for ticket, after in sorted(changed, key=lambda each: each[1].version)}
        await store.save(tx, list(newest.values()))
        now = self._clock.now()
        told = [_event(ticket, after, now, offline=gate.offline) for ticket, after in newest.values()]
        await self._outbox.publish(tx, *told)
        done = [Change(target=target_of(ticket.key), after=_facts(after)) for ticket, after in newest.values()]
        await audit.record_each(tx, DoorAction.CHECKED_IN, done, actor=actor)

    def _version(self, before: Admission) -> int:
        """Beyond all that others have seen, also when this database was restored from a backup (E-6)."""
        return max(before.version + 1, int(self._clock.now().timestamp() * 1000))


def target_of(key: TicketKey) -> str:
    """A ticket, as the audit names it."""
    order_id, seat = key
    return f"ticket:{order_id}/{seat}"


def key_of(order: str, seat: int) -> TicketKey | None:
    """A ticket whose order is named by its id; None when that is a number."""
    try:
        return (UUID(order), seat)
    except ValueError:
        return None


def _facts(admission: Admission) -> dict[str, object]:
    return {"inside": admission.inside, "door": admission.door, "scannedAt": admission.scanned_at}


def _event(ticket: DoorTicket, admission: Admission, now: datetime, *, offline: bool) -> TicketCheckedIn:
    return TicketCheckedIn(
        city_id=ticket.city_id,
        order_id=OrderId(ticket.order_id),
        seat=ticket.seat,
        tier=ticket.tier,
        version=admission.version,
        inside=admission.inside,
        door=admission.door,
        scanned_at=admission.scanned_at or now,
        scan=admission.scan,
        offline=offline,
        occurred_at=now,
    )
