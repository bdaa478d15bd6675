"""Square's own SDK, pointed at a sandbox, and what its sellers do."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from square import Square
from square.core.api_error import ApiError
from square.types.money import Money
from square.types.payment import Payment

from sandbox.square.state import SELLERS
from tests.contract.sandbox.support import SQUARE_APPLICATION, Running

ELM, _, GINZA, _ = SELLERS.values()
SCOPES = "MERCHANT_PROFILE_READ ORDERS_READ ORDERS_WRITE PAYMENTS_READ PAYMENTS_WRITE"
Connect: typing.TypeAlias = Callable[..., Square]


def dollars(amount: int) -> Any:
    return {"amount": amount, "currency": "USD"}


def money(amount: int) -> Any:
    return Money(amount=amount, currency="USD")


def charge(seller: Square, amount: int, **more: Any) -> Payment:
    given = {"source_id": "cnon:card-nonce-ok", "idempotency_key": str(uuid4()), "amount_money": dollars(amount)}
    payment: Payment | None = seller.payments.create(**(given | more)).payment
    assert payment is not None
    return payment


def granted(square: Running, scopes: str = SCOPES, **more: str) -> str:
    """The code that an owner's permission ends in."""
    asked = {"client_id": SQUARE_APPLICATION, "scope": scopes, "state": "s-1", "redirect_uri": "https://example.com/"}
    page = square.http.get(f"{square.url}/square/oauth2/authorize?{urlencode(asked | more)}")
    assert page.ok
    answer = square.http.post(page.url, {"seller": ELM.id, "answer": "allow"}, allow_redirects=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["s-1"]
    return query["code"][0]


def refused(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, category and code of a refusal."""
    with pytest.raises(ApiError) as error:
        call()
    first = error.value.body["errors"][0]
    return error.value.status_code or 0, first["category"], first["code"]
