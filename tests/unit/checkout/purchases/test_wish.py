"""C-1's body: what comes from outside is hostile until checked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from checkout.purchases.wish import Wish

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
    assert wish.customer_data.phone == "(352) 555-0137"
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
        {"firstName": "A\x85B"},
        {"firstName": "\u202eevil"},
        {"firstName": "\u200b"},
        {"email": "a@example..com"},
        {"email": ".a@example.com"},
        {"lastName": "x" * 101},
        {"phone": "352\x00"},
    ],
)
def test_wrong_fields_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Wish.model_validate(body(**wrong))


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": wrong} for wrong in (0, -1, 1.5, "2", True, 10**30, None)]
    + [{"isSixFBMember": wrong} for wrong in ("yes", 1, None)],
)
def test_numbers_and_flags_are_what_json_calls_so(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Wish.model_validate(body() | wrong)


@pytest.mark.parametrize("name", ["😀🎉", "العربية", "O’Neill-Müller", "می‌خواهم"])
def test_names_are_as_people_write_them(name: str) -> None:
    assert Wish.model_validate(body(firstName=name)).customer_data.first_name == name


def test_fields_have_one_name() -> None:
    assert not Wish.model_validate(body() | {"member": True}).member


def test_the_hash_tells_bodies_apart_and_forgives_how_they_are_written() -> None:
    one = Wish.model_validate(body())
    assert one.body_hash() == Wish.model_validate({**body(), "ticketType": "vip"}).body_hash()
    assert one.body_hash() != Wish.model_validate({**body(), "quantity": 3}).body_hash()
