"""What of a payment at a provider's own processor goes into the ledger, whatever order its news come in (P-5, P-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import TEST_EPOCH
from checkout.connections.domain import Connection
from checkout.processors.domain import ExternalPayment, PaymentStatus
from checkout.transactions.domain import (
    EntryKind,
    ExternalTransaction,
    KnownBy,
    LedgerEntry,
    Sighting,
    entries,
    seen,
    unknown,
)
from events import ConnectionStatus

pytestmark = pytest.mark.proves("P-6")

RATE = 150_000
CONNECTION = Connection(
    connection_id=12,
    provider_id=7,
    processor="square",
    status=ConnectionStatus.CONNECTED,
    status_since=TEST_EPOCH,
    created_at=TEST_EPOCH,
)
PAYMENT = ExternalPayment(
    payment_id="pay-1",
    key=None,
    status=PaymentStatus.COMPLETED,
    amount=10_000,
    refunded=0,
    currency="USD",
    commission=0,
    fee=None,
    created_at=TEST_EPOCH,
    updated_at=TEST_EPOCH,
)
PENDING, FAILED = PaymentStatus.PENDING, PaymentStatus.FAILED


def sighting(minutes: int = 0, *, seconds: int = 0, **changes: Any) -> Sighting:
    """The payment as its processor dates it, and when it was asked for."""
    at = TEST_EPOCH + timedelta(minutes=minutes)
    return Sighting(payment=replace(PAYMENT, updated_at=at, **changes), seen_at=at + timedelta(seconds=seconds))


def told(sightings: Sequence[Sighting], rate: int = RATE) -> tuple[ExternalTransaction, list[LedgerEntry]]:
    """The transaction after all of them, and its ledger: what has the same source is written once."""
    known = unknown(sightings[0], CONNECTION, by=KnownBy.WEBHOOK)
    ledger: dict[tuple[EntryKind, str], LedgerEntry] = {}
    for each in sightings:
        after = seen(known, each, rate=rate)
        for entry in entries(known, after):
            ledger.setdefault((entry.kind, entry.source_id), entry)
        known = after
    return known, list(ledger.values())


def short(ledger: Sequence[LedgerEntry]) -> list[tuple[str, int, int, int]]:
    return [(entry.kind.value, entry.amount, entry.at_source, entry.fee) for entry in ledger]


@pytest.mark.parametrize(
    ("sightings", "expected"),
    [
        ([sighting(status=PENDING)], []),
        ([sighting(status=FAILED)], []),
        ([sighting()], [("payment", 10_000, 0, 0)]),
        ([sighting(), sighting()], [("payment", 10_000, 0, 0)]),
        ([sighting(status=PENDING), sighting(1)], [("payment", 10_000, 0, 0)]),
        ([sighting(), sighting(1, status=FAILED)], [("payment", 10_000, 0, 0)]),
        ([sighting(commission=1_500, fee=320)], [("payment", 10_000, 1_500, 320)]),
        ([sighting(), sighting(1, fee=320)], [("payment", 10_000, 0, 0), ("fees", 0, 0, 320)]),
        ([sighting(fee=320), sighting(1)], [("payment", 10_000, 0, 320)]),
        (
            [sighting(), sighting(1, refunded=4_000), sighting(2, refunded=10_000)],
            [("payment", 10_000, 0, 0), ("refund", -4_000, 0, 0), ("refund", -6_000, 0, 0)],
        ),
        ([sighting(2, refunded=4_000)], [("payment", 10_000, 0, 0), ("refund", -4_000, 0, 0)]),
        (
            [sighting(commission=1_500), sighting(1, refunded=4_000, commission=900)],
            [("payment", 10_000, 1_500, 0), ("refund", -4_000, -600, 0)],
        ),
        ([sighting(1, refunded=4_000), sighting()], [("payment", 10_000, 0, 0), ("refund", -4_000, 0, 0)]),
        (
            [sighting(1, refunded=4_000), sighting(1, refunded=0, seconds=9), sighting(1, refunded=4_000, seconds=1)],
            [("payment", 10_000, 0, 0), ("refund", -4_000, 0, 0), ("refund", 4_000, 0, 0)],
        ),
    ],
    ids=[
        "pending", "failed", "paid", "told twice", "paid later", "stays paid", "with fees", "fee known later",
        "fee is kept", "parts go back", "first seen after a refund", "commission goes back", "older news come last",
        "a refund fails",
    ],
)  # fmt: skip
def test_what_goes_into_the_ledger(sightings: list[Sighting], expected: list[tuple[str, int, int, int]]) -> None:
    assert short(told(sightings)[1]) == expected


def test_in_any_order_the_ledger_comes_to_what_the_processor_said_last() -> None:
    news = [
        sighting(status=PENDING),
        sighting(1),
        sighting(2, refunded=3_000, fee=320),
        sighting(3, refunded=7_000, fee=320),
        sighting(3, refunded=7_000, fee=320),
    ]
    for order in permutations(news):
        known, ledger = told(order)
        assert (known.state, known.refunded, known.fee) == (PaymentStatus.COMPLETED, 7_000, 320)
        assert (sum(entry.amount for entry in ledger), sum(entry.fee for entry in ledger)) == (3_000, 320), order


def test_a_payment_keeps_the_rate_and_the_time_of_its_completion() -> None:
    pending = sighting(status=PENDING)
    known = seen(unknown(pending, CONNECTION, by=KnownBy.SYNC), pending, rate=RATE)
    assert (known.version, known.commission_ppm, known.completed_at) == (1, None, None)
    paid = seen(known, sighting(5), rate=RATE)
    assert (paid.version, paid.commission_ppm) == (2, RATE)
    assert paid.completed_at == TEST_EPOCH + timedelta(minutes=5)
    refunded = seen(paid, sighting(9, refunded=1), rate=200_000)
    assert (refunded.commission_ppm, refunded.completed_at) == (RATE, paid.completed_at)
    late = sighting(9, refunded=1)
    assert seen(unknown(late, CONNECTION, by=KnownBy.SYNC), late, rate=RATE).completed_at == TEST_EPOCH


def test_what_it_pays_for_is_said_once_by_whoever_knows_it() -> None:
    first = sighting()
    known = seen(unknown(first, CONNECTION, by=KnownBy.WEBHOOK), first, rate=RATE)
    assert seen(known, sighting(3), rate=RATE) is known, "nothing is new but the time"
    ours = seen(known, replace(sighting(), appointment_id=31), rate=RATE)
    assert (ours.appointment_id, ours.version) == (31, 2)
    other = replace(sighting(), appointment_id=32, order_id=UUID(int=1))
    assert seen(ours, other, rate=RATE).appointment_id == 31
