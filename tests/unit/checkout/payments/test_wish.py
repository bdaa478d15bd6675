"""C-1's body: what comes from outside is hostile until checked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checkout.payments.wish import Wish

pytestmark = pytest.mark.proves("C-1")


def body(**customer: Any) -> dict[str, Any]:
    data = {
        "firstName": " Jordan ",
        "lastName": "Ellis",
        "email": "jordan@example.com",
        "phone": "(352) 555-0137",
        "businessType": "individual",
    }
    return {"ticketType": "VIP", "quantity": 2, "cityId": "dallas", "customerData": data | customer}


def test_a_tier_may_be_written_in_any_case_and_texts_are_trimmed() -> None:
    wish = Wish.model_validate(body())
    assert (wish.ticket_type, wish.customer_data.first_name) == ("vip", "Jordan")
    assert wish.customer_data.phone == "+13525550137"
    assert not wish.member


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no-at.example.com"},
        {"email": "a@b"},
        {"email": "a@example.com\r\nBcc: b@example.com"},
        {"firstName": "  "},
        {"firstName": "A\x00B"},
        {"firstName": "\ud800"},
        {"lastName": "x" * 101},
        {"phone": "call me"},
    ],
)
def test_wrong_fields_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Wish.model_validate(body(**wrong))


def test_the_digest_tells_bodies_apart_and_forgives_how_they_are_written() -> None:
    one = Wish.model_validate(body())
    assert one.digest() == Wish.model_validate({**body(), "ticketType": "vip"}).digest()
    assert one.digest() != Wish.model_validate({**body(), "quantity": 3}).digest()
