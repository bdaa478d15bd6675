"""Ways to build the stock wrong, each as it might be written: the games must find what they do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import pytest

from chassis.database import Transaction
from inventory.ledger.domain import LedgerEntry
from inventory.pools import announce
from inventory.pools.book import Book
from inventory.pools.domain import Cause, Change, ChangeKind, HoldState, OrderStep
from inventory.waitlist import domain, service, store
from inventory.waitlist.domain import Entry, EntryState


def release_without_a_row(patch: pytest.MonkeyPatch) -> None:
    """The ledger does not hear of seats that are given back."""
    entries = announce.ledger_entries

    def without(changes: Iterable[Change], at: datetime) -> list[LedgerEntry]:
        return entries((each for each in changes if each.kind is not ChangeKind.RELEASED), at)

    patch.setattr(announce, "ledger_entries", without)


def offer_again(patch: pytest.MonkeyPatch) -> None:
    """Whoever has an offer still waits for one."""
    update = store.update

    async def and_wait_on(tx: Transaction, entries: Sequence[Entry], *, at: datetime) -> None:
        await update(tx, [_waiting(entry) for entry in entries], at=at)

    patch.setattr(store, "update", and_wait_on)


def overtake(patch: pytest.MonkeyPatch) -> None:
    """Last come, first served."""

    def last(waiting: Iterable[Entry], free: int) -> list[Entry]:
        return domain.next_in_line(reversed(list(waiting)), free)

    patch.setattr(service, "next_in_line", last)


def end_what_is_paid_for(patch: pytest.MonkeyPatch) -> None:
    """The own end of a hold comes although its money is on its way."""

    def expire(self: Book, order_id: UUID, cause: Cause, *, ended_by: datetime) -> None:
        for hold in self._here(self.holds.of(order_id)):
            if hold.state is HoldState.HELD and (hold.hard_until or ended_by) <= ended_by:
                self.holds.put(self._free(hold, ChangeKind.EXPIRED, cause))

    patch.setattr(Book, "expire", expire)


def newest_event_alone(patch: pytest.MonkeyPatch) -> None:
    """A refund that something newer has overtaken is old news."""
    refund = Book.refund

    def unless_older(self: Book, step: OrderStep, seats: Collection[int], cause: Cause, *, return_seats: bool) -> None:
        self._require_sold(step)
        if step.version > self._applied(step.order_id):
            refund(self, step, seats, cause, return_seats=return_seats)

    patch.setattr(Book, "refund", unless_older)


def _waiting(entry: Entry) -> Entry:
    return replace(entry, state=EntryState.WAITING) if entry.state is EntryState.OFFERED else entry


Mistake = Callable[[pytest.MonkeyPatch], Any]
MISTAKES: Final[Mapping[str, Mistake]] = {
    each.__name__: each
    for each in (release_without_a_row, offer_again, overtake, end_what_is_paid_for, newest_event_alone)
}
