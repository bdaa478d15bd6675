"""Who is suspicious, by what was seen of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import config
from checkout.blocks.domain import BuyerMark, Seen, blocked_by, suspicions
from checkout.blocks.marks import Marks
from config import Mark, Sign, VelocityRule

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MARKS = Marks(b"k" * 32)
PAT, HERE, CARD = MARKS.email("pat@example.com"), MARKS.address("203.0.113.7"), MARKS.card("fp1", "0002")
RULES = {
    "cards": VelocityRule.model_validate(
        {"sign": "declined", "by": "card", "atLeast": 3, "within": "1h", "block": "24h"}
    )
}

pytestmark = pytest.mark.proves("C-11")


def declined(count: int, *, mark: BuyerMark = CARD, minutes_ago: int = 1) -> list[Seen]:
    at = NOW - timedelta(minutes=minutes_ago)
    return [Seen(mark=mark.mark, key=mark.key, sign=Sign.DECLINED, at=at) for _ in range(count)]


def test_a_rule_is_broken_from_its_number_on() -> None:
    marks = [PAT, HERE, CARD]
    assert list(suspicions(RULES, declined(2), marks, now=NOW)) == []
    (found,) = suspicions(RULES, declined(3), marks, now=NOW)
    assert (found.rule, found.by, found.count, found.until) == ("cards", CARD, 3, NOW + timedelta(hours=24))


def test_only_the_same_sign_of_the_same_buyer_within_the_time_counts() -> None:
    others = [
        *declined(2),
        *declined(2, mark=PAT),
        *declined(2, mark=MARKS.card("fp2", "0002")),
        *declined(2, minutes_ago=60),
        *(Seen(mark=CARD.mark, key=CARD.key, sign=sign, at=NOW) for sign in (Sign.ORDERED, Sign.UNPAID)),
    ]
    assert list(suspicions(RULES, others, [PAT, HERE, CARD], now=NOW)) == []


def test_who_used_a_card_is_blocked_since_no_card_is_seen_before_it_pays() -> None:
    (found,) = suspicions(RULES, declined(3), [PAT, HERE, CARD], now=NOW)
    assert blocked_by(found, [PAT, HERE, CARD]) == [PAT, HERE]


def test_marks_are_equal_for_the_same_buyer_and_name_nobody() -> None:
    assert MARKS.email(" PAT@example.com").key == PAT.key
    assert MARKS.address("2001:db8::1").key == MARKS.address("2001:db8::2").key != HERE.key
    assert Marks(b"l" * 32).email("pat@example.com").key != PAT.key
    assert (PAT.shown, HERE.shown, CARD.shown) == ("p***@example.com", "203.0.113.0", "card ending in 0002")
    assert b"pat" not in PAT.key


def test_shipped_rules_leave_a_family_alone() -> None:
    """Four people who each order twice, mistype two cards, and let one order go."""
    rules = config.load("deploy/config").abuse.velocity
    seen = [
        Seen(mark=HERE.mark, key=HERE.key, sign=sign, at=NOW)
        for sign, count in ((Sign.ORDERED, 8), (Sign.DECLINED, 8), (Sign.UNPAID, 4))
        for _ in range(count)
    ]
    assert list(suspicions(rules, seen, [HERE], now=NOW)) == []
    assert {rule.by for rule in rules.values()} == set(Mark)
