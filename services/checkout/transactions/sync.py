"""How far a connection's payments have been read at its processor, and when they are read again (P-6). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chassis.backoff import doubled
from checkout.connections.domain import Connection
from checkout.transactions.domain import ExternalTransaction

SYNC_EVERY: Final = timedelta(hours=1)
# A webhook may be on its way that long before what it should have told counts as missing.
ON_ITS_WAY: Final = timedelta(minutes=10)
# Each night some days are read again: such a run looks at what gave something back before, too.
_LOOKS_BACK: Final = timedelta(days=2)
# How a place begins that is among those payments, and not in a processor's list.
_BACKS: Final = "refunds:"
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_ERROR: Final = 500


class SyncState(StrEnum):
    """Whether a connection's payments wait to be read, are being read, have been, or could not be."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSync:
    """How far a connection's payments have been read.

    connection_id: the connection's number
    since: what changed before is known
    until: up to when it is known after the run that is under way; None: none is
    after: where the next page goes on, in the processor's words, or ours after its end; None: at the beginning
    seen: how many payments this run, or the last one, has met
    missing: how many of them a webhook should have told of before, and were not here
    outdated: how many of them were here, without money that had moved meanwhile
    started_at, finished_at: of the last run; finished_at is None while it is under way
    failures: how often in a row its processor has not answered
    last_error: what went wrong last, as a sentence
    due_at: when it is read on, or again
    claimed_until: until when a process reads it; None: none does
    """

    connection_id: int
    since: datetime
    until: datetime | None = None
    after: str | None = None
    seen: int = 0
    missing: int = 0
    outdated: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    due_at: datetime
    claimed_until: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether a run has begun and not ended."""
        return self.until is not None

    @property
    def has_gap(self) -> bool:
        """Whether anything was found that should have been known."""
        return self.missing + self.outdated > 0

    @property
    def looks_back(self) -> bool:
        """Whether the run is one of those that also ask for payments of which something went back before."""
        return self.until is not None and self.until - self.since >= _LOOKS_BACK

    @property
    def looked_back_to(self) -> int | None:
        """Up to which transaction these are asked for already; None while the list is read."""
        place = self.after or ""
        return int(place.removeprefix(_BACKS)) if place.startswith(_BACKS) else None

    def state(self, now: datetime) -> SyncState:
        """How it stands."""
        if self.claimed_until is not None and self.claimed_until > now:
            return SyncState.RUNNING
        if self.due_at <= now:
            return SyncState.WAITING
        return SyncState.FAILED if self.failures else SyncState.DONE

    def begun(self, now: datetime) -> TransactionSync:
        """A run goes on where the last one died, or begins."""
        if self.is_under_way:
            return self
        fresh = replace(self, until=now, after=None, seen=0, missing=0, outdated=0)
        return replace(fresh, started_at=now, finished_at=None)

    def read(
        self, met: int, *, missing: int, outdated: int, after: str | None, claimed_until: datetime
    ) -> TransactionSync:
        """With another page, and claimed for the next one."""
        return replace(
            self,
            claimed_until=claimed_until,
            after=after,
            seen=self.seen + met,
            missing=self.missing + missing,
            outdated=self.outdated + outdated,
            failures=0,
            last_error=None,
        )

    def ended(self, now: datetime) -> TransactionSync:
        """All pages are read."""
        since = self.until or self.since
        ended = replace(self, since=since, until=None, after=None, claimed_until=None)
        return replace(ended, finished_at=now, due_at=now + SYNC_EVERY)

    def failed(self, now: datetime, reason: str, *, from_the_beginning: bool) -> TransactionSync:
        """The processor gave no page: it is asked again later, for all of them where it no longer knows the place."""
        pause = doubled(_FIRST_PAUSE, self.failures, longest=SYNC_EVERY)
        return replace(
            self,
            after=None if from_the_beginning else self.after,
            failures=self.failures + 1,
            last_error=reason[:_LONGEST_ERROR],
            due_at=now + pause,
            claimed_until=None,
        )


def place_of(transaction_id: int) -> str:
    """Where a run goes on among payments of which something went back: after this transaction; 0: before all."""
    return f"{_BACKS}{transaction_id}"


def is_late(connection: Connection, changed_at: datetime, *, asked_at: datetime) -> bool:
    """Whether a webhook should have told of a change long before: some connections have none."""
    return connection.has_webhook_secret and changed_at < asked_at - ON_ITS_WAY


def has_moved(before: ExternalTransaction, after: ExternalTransaction) -> bool:
    """Whether money has: a fee that becomes known is told by no webhook."""
    return (before.state, before.refunded) != (after.state, after.refunded)
