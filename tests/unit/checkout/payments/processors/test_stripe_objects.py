"""What counts of Stripe's objects, and what is left of texts that buyers typed there (C-4)."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.payments.domain import is_ours
from checkout.payments.processors.stripe_objects import (
    read_charge,
    read_decline,
    read_dispute,
    read_page,
    read_session,
)

pytestmark = pytest.mark.proves("C-4")

SESSION: dict[str, Any] = {"id": "cs_1", "status": "complete", "payment_status": "paid", "created": 1}
DISPUTE: dict[str, Any] = {"id": "du_1", "amount": 100, "currency": "usd", "payment_intent": "pi_1"}
OURS = {"cityId": "dallas-jan-2027", "ticketType": "GA", "quantity": "2"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jordan Ellis", "Jordan Ellis"),
        ("Jor\0dan\ud83d Ellis", "Jordan Ellis"),
        (" Jordan\nEllis ", "Jordan Ellis"),
        ("\u202eJordan", "Jordan"),
        ("\0", None),
        ("", None),
        (None, None),
        (["Jordan"], None),
    ],
)
def test_a_name_from_the_payment_page_is_cleaned_as_what_people_type_here(typed: object, kept: str | None) -> None:
    details = {"name": typed, "email": "jordan@example.com\0", "address": {"country": "US", "state": typed}}
    session = read_session({**SESSION, "customer_details": details, "metadata": {**OURS, "note": "a\0b"}})
    assert (session.name, session.region) == (kept, kept)
    assert (session.email, session.country) == ("jordan@example.com", "US")
    assert session.metadata == {**OURS, "note": "ab"}


def test_codes_of_a_decline_and_a_method_are_cleaned_too() -> None:
    error = {"code": "card_declined", "decline_code": "in\0sufficient_funds"}
    assert read_decline({"id": "pi_1", "amount": 1, "currency": "usd", "last_payment_error": error}).code == (
        "insufficient_funds"
    )
    charge = {"id": "ch_1", "amount": 1, "payment_method_details": {"type": "card\ud83d"}}
    assert read_charge(charge).method == "card"


@pytest.mark.parametrize(
    ("status", "inquiry", "won"),
    [
        ("warning_needs_response", True, None),
        ("warning_under_review", True, None),
        ("warning_closed", True, True),
        ("needs_response", False, None),
        ("won", False, True),
        ("lost", False, False),
    ],
)
def test_an_inquiry_is_told_from_a_dispute(status: str, inquiry: bool, won: bool | None) -> None:
    dispute = read_dispute({**DISPUTE, "status": status})
    assert (dispute.inquiry, dispute.won) == (inquiry, won)


@pytest.mark.parametrize("missing", [*OURS, None])
def test_metadata_is_ours_when_all_of_it_is_there(missing: str | None) -> None:
    assert is_ours({name: value for name, value in OURS.items() if name != missing}) is (missing is None)


@pytest.mark.proves("C-4", "L-9")
@pytest.mark.parametrize("kind", [{}, {"ticketType": ""}])
def test_metadata_of_a_pass_is_ours_by_its_order(kind: dict[str, str]) -> None:
    of_pass = {"cityId": "ten-classes", "quantity": "1", **kind}
    assert is_ours({**of_pass, "orderId": "0190f3c2-0000-7000-8000-000000000001"})
    assert not is_ours(of_pass)


@pytest.mark.parametrize(
    ("payment_status", "intent", "paid_at", "failed"),
    [
        ("paid", {"status": "succeeded", "latest_charge": {"created": 60}}, 60, False),
        ("paid", "pi_1", None, False),
        ("unpaid", {"status": "processing", "latest_charge": {"created": 60}}, None, False),
        ("unpaid", {"status": "requires_payment_method", "latest_charge": {"created": 60}}, None, True),
        ("unpaid", {"status": "canceled", "latest_charge": None}, None, True),
    ],
)
def test_a_session_that_comes_with_its_charge_tells_when_it_was_paid_or_that_it_never_will(
    payment_status: str, intent: object, paid_at: int | None, failed: bool
) -> None:
    session = read_session({**SESSION, "payment_status": payment_status, "payment_intent": intent})
    assert (session.paid_at.timestamp() if session.paid_at else None, session.payment_failed) == (paid_at, failed)


def test_a_page_goes_on_after_its_last_object_while_there_are_more() -> None:
    objects = [{"id": "cs_2"}, {"id": "cs_1"}]
    page = read_page({"data": objects, "has_more": True}, lambda found: found["id"])
    assert (page.items, page.after) == (["cs_2", "cs_1"], "cs_1")
    assert read_page({"data": objects, "has_more": False}, dict).after is None
    assert read_page({"data": [], "has_more": True}, dict).after is None
