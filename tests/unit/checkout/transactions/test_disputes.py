"""What banks take and give back is in the ledger once, whatever order the news of a dispute come in (P-6, P-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations

import pytest

from chassis.clock import TEST_EPOCH
from checkout.processors.domain import DisputeStatus, ExternalDispute
from checkout.transactions.disputes import DisputeChange, dispute_entries, told

pytestmark = pytest.mark.proves("P-6", "P-7")

INQUIRY, OPEN, WON, LOST = DisputeStatus.INQUIRY, DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST


def dispute(status: DisputeStatus, amount: int = 10_000, *, returned: int = 0, hours: int = 0) -> ExternalDispute:
    return ExternalDispute(
        dispute_id="d-1",
        payment_id="pay-1",
        status=status,
        code="fraudulent",
        amount=amount,
        returned=returned,
        currency="USD",
        opened_at=TEST_EPOCH,
        changed_at=TEST_EPOCH + timedelta(hours=hours),
    )


def changes(news: Iterable[ExternalDispute]) -> list[DisputeChange]:
    found: list[DisputeChange] = []
    for each in news:
        found.append(told(found[-1].after if found else None, each))
    return found


def ledger(found: Iterable[DisputeChange]) -> list[tuple[str, str, int]]:
    written = [entry for each in found for entry in dispute_entries(each)]
    return [(each.kind.value, each.source_id, each.amount) for each in written]


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        (dispute(INQUIRY), []),
        (dispute(OPEN), [("dispute", "d-1", -10_000)]),
        (dispute(LOST), [("dispute", "d-1", -10_000)]),
        (dispute(WON, returned=10_000), [("dispute", "d-1", -10_000), ("dispute_won", "d-1", 10_000)]),
    ],
    ids=["inquiry", "open", "lost", "won"],
)
def test_a_dispute_takes_the_money_and_gives_it_back_when_it_is_won(
    news: ExternalDispute, expected: list[tuple[str, str, int]]
) -> None:
    assert ledger(changes([news, news])) == expected


def test_each_part_that_comes_back_is_counted_and_money_that_is_taken_once_more() -> None:
    found = changes(
        [
            dispute(INQUIRY),
            dispute(OPEN, hours=1),
            dispute(OPEN, returned=4_000, hours=2),
            dispute(WON, returned=10_000, hours=3),
            dispute(OPEN, 20_000, returned=10_000, hours=4),
            dispute(LOST, 20_000, returned=10_000, hours=5),
        ]
    )
    assert ledger(found) == [
        ("dispute", "d-1", -10_000),
        ("dispute_won", "d-1", 4_000),
        ("dispute_won", "d-1/10000", 6_000),
        ("dispute", "d-1/20000", -10_000),
    ]
    assert [each.is_again for each in found] == [False] * 4 + [True, False]
    assert all(each.is_news for each in found)


def test_whatever_order_they_come_in_they_come_to_the_same() -> None:
    news = [dispute(OPEN), dispute(OPEN, returned=4_000, hours=1), dispute(WON, returned=10_000, hours=2)]
    for order in permutations(news):
        found = changes([*order, *order])
        assert (sum(amount for *_, amount in ledger(found)), found[-1].after.status) == (0, WON)
        assert found[-1].after.opened_at == TEST_EPOCH
        assert not any(each.is_news for each in found[3:])


@pytest.mark.parametrize("end", [WON, LOST])
def test_of_news_with_one_date_the_end_counts(end: DisputeStatus) -> None:
    """A dispute that is lost moves no money: at Stripe nothing dates it."""
    for order in permutations([dispute(OPEN), dispute(end)]):
        assert changes(order)[-1].after.status is end
