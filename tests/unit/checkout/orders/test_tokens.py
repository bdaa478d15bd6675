"""An order's own token (C-6)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from chassis.keys import SigningKey
from checkout.orders.tokens import OrderTokens
from tests.unit.checkout.samples import ORDER_ID, order

KEY = SigningKey.generate("t1")
ORDER = order()

pytestmark = pytest.mark.proves("C-6")


def test_a_token_opens_its_order_and_no_other() -> None:
    tokens = OrderTokens([KEY], public_url="https://tickets.example.com")
    token = tokens.token(ORDER)
    assert tokens.accepts(ORDER_ID, token, issue=1)
    assert not tokens.accepts(uuid4(), token, issue=1)
    assert not tokens.accepts(ORDER_ID, token[:-1], issue=1)
    assert not tokens.accepts(ORDER_ID, "ü", issue=1)
    assert not OrderTokens([SigningKey.generate("t1")], public_url="").accepts(ORDER_ID, token, issue=1)


def test_a_token_opens_its_order_as_long_as_its_issue_is_the_present_one() -> None:
    tokens = OrderTokens([KEY], public_url="")
    first, third = tokens.token(ORDER), tokens.token(replace(ORDER, link_issue=3))
    opened = {
        (issue, token == first) for issue in (1, 2, 3) for token in (first, third) if _opens(tokens, token, issue)
    }
    assert opened == {(1, True), (3, False)}


def _opens(tokens: OrderTokens, token: str, issue: int) -> bool:
    return tokens.accepts(ORDER_ID, token, issue=issue)


@pytest.mark.proves("O-9")
def test_a_token_outlives_the_key_that_it_was_made_with() -> None:
    old = OrderTokens([KEY], public_url="")
    renewed = OrderTokens([SigningKey.generate("t2"), KEY], public_url="")
    assert renewed.accepts(ORDER_ID, old.token(ORDER), issue=1)
    assert renewed.accepts(ORDER_ID, renewed.token(ORDER), issue=1)
    assert not old.accepts(ORDER_ID, renewed.token(ORDER), issue=1)


def test_the_page_carries_order_and_token() -> None:
    tokens = OrderTokens([KEY], public_url="https://tickets.example.com")
    page = tokens.page(ORDER, "/success")
    assert page == f"https://tickets.example.com/success?order={ORDER_ID}&token={tokens.token(ORDER)}"
