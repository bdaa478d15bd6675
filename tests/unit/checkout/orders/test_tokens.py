"""An order's own token (C-6)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chassis.keys import SigningKey
from checkout.orders.tokens import OrderTokens
from tests.unit.checkout.samples import ORDER_ID

KEY = SigningKey.generate("t1")

pytestmark = pytest.mark.proves("C-6")


def test_a_token_opens_its_order_and_no_other() -> None:
    tokens = OrderTokens([KEY], public_url="https://tickets.example.com")
    token = tokens.token(ORDER_ID)
    assert tokens.accepts(str(ORDER_ID), token)
    assert not tokens.accepts(uuid4(), token)
    assert not tokens.accepts(ORDER_ID, token[:-1])
    assert not tokens.accepts(ORDER_ID, "ü")
    assert not tokens.accepts("no id", token)
    assert not OrderTokens([SigningKey.generate("t1")], public_url="").accepts(ORDER_ID, token)


@pytest.mark.proves("O-9")
def test_a_token_outlives_the_key_that_it_was_made_with() -> None:
    old = OrderTokens([KEY], public_url="")
    renewed = OrderTokens([SigningKey.generate("t2"), KEY], public_url="")
    assert renewed.accepts(ORDER_ID, old.token(ORDER_ID))
    assert renewed.accepts(ORDER_ID, renewed.token(ORDER_ID))
    assert not old.accepts(ORDER_ID, renewed.token(ORDER_ID))


def test_the_page_carries_order_and_token() -> None:
    tokens = OrderTokens([KEY], public_url="https://tickets.example.com")
    page = tokens.page(ORDER_ID, "/success")
    assert page == f"https://tickets.example.com/success?order={ORDER_ID}&token={tokens.token(ORDER_ID)}"
