"""How far a connection's payments have been read, and when they are read again (P-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH
from checkout.transactions.domain import RecordedPayment
from checkout.transactions.sync import ON_ITS_WAY, SYNC_EVERY, SyncState, TransactionSync, has_moved, is_late
from tests.unit.checkout.transactions.test_transactions_domain import CONNECTION, sighting, told

pytestmark = pytest.mark.proves("P-6")

NOW = TEST_EPOCH
LATER = NOW + timedelta(minutes=5)
SYNC = TransactionSync(connection_id=12, since=NOW - timedelta(days=1), due_at=NOW)


def test_a_run_is_counted_from_its_beginning_and_goes_on_where_it_was_left() -> None:
    begun = replace(SYNC, seen=7, missing=3).begun(NOW)
    assert (begun.until, begun.seen, begun.missing, begun.finished_at) == (NOW, 0, 0, None)
    read = begun.read(50, missing=2, outdated=1, after="page-2", claimed_until=LATER)
    assert read.state(NOW) is SyncState.RUNNING
    resumed = read.begun(LATER)
    assert (resumed.until, resumed.after, resumed.seen) == (NOW, "page-2", 50), "another process goes on"
    ended = resumed.read(1, missing=0, outdated=0, after=None, claimed_until=LATER).ended(LATER)
    assert (ended.since, ended.until, ended.seen, ended.has_gap) == (NOW, None, 51, True)
    assert (ended.due_at, ended.state(LATER)) == (LATER + SYNC_EVERY, SyncState.DONE)


def test_a_processor_that_is_away_is_asked_less_and_less_often() -> None:
    sync, pauses = SYNC.begun(NOW).read(50, missing=0, outdated=0, after="page-2", claimed_until=LATER), []
    for _ in range(8):
        sync = sync.failed(NOW, "away", from_the_beginning=False)
        pauses.append((sync.due_at - NOW) / timedelta(minutes=1))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (sync.after, sync.state(NOW), sync.state(sync.due_at)) == ("page-2", SyncState.FAILED, SyncState.WAITING)
    assert sync.failed(NOW, "lost", from_the_beginning=True).after is None
    assert sync.read(1, missing=0, outdated=0, after=None, claimed_until=LATER).last_error is None


def test_only_what_a_webhook_should_have_told_of_long_ago_is_a_gap() -> None:
    found = RecordedPayment(transaction=told([sighting()])[0], before=None)
    hearing = replace(CONNECTION, has_webhook_secret=True)
    late = NOW + ON_ITS_WAY + timedelta(seconds=1)
    assert is_late(hearing, found.transaction.changed_at, asked_at=late)
    assert not is_late(hearing, found.transaction.changed_at, asked_at=NOW + ON_ITS_WAY)
    assert not is_late(CONNECTION, found.transaction.changed_at, asked_at=late), "no webhooks were to come"
    assert not has_moved(found.transaction, told([sighting(), sighting(1, fee=320)])[0])
    assert has_moved(found.transaction, told([sighting(), sighting(1, refunded=1)])[0])
