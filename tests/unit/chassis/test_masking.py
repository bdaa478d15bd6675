"""Nothing secret or personal is told (E-10)."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, SecretStr

from chassis.telemetry import mask_email, mask_phone, mask_text
from chassis.telemetry.masking import mask_fields

Personal = Annotated[str, Field(json_schema_extra={"x-personal": True})]


class Customer(BaseModel):
    plan: str = "gold"
    nickname: Personal = "Janie"
    handle: Annotated[Personal | None, Field(description="on the badge")] = "janie_d"
    email: str = "jane@example.com"


@pytest.mark.proves("E-10", "M-15")
def test_secret_and_personal_fields_are_masked_wherever_they_are() -> None:
    fields = mask_fields(
        {
            "email": "jane@example.com",
            "customerEmail": "joe@example.org",
            "phone": "+1-352-555-0100",
            "firstName": "Jane",
            "name": "Jane Doe",
            "to": "+13525550100",
            "Authorization": "Bearer abc",
            "token": "abc",
            "ticket_codes": ["FH1:X"],
            "api_key": "abc",
            "nested": {"password": "abc", "items": [{"email": "jane@example.com"}]},
            "customer": Customer(),
            "secret": SecretStr("abc"),
            "given": SecretStr("abc"),
            "body": b"raw",
            "event_name": "order.paid",
            "idempotency_key": "k-1",
            "day": date(2026, 1, 1),
            "amount": 5,
            "nothing": None,
        }
    )
    assert fields == {
        "email": "j***@example.com",
        "customerEmail": "j***@example.org",
        "phone": "***0100",
        "firstName": "[REDACTED]",
        "name": "[REDACTED]",
        "to": "***0100",
        "Authorization": "[REDACTED]",
        "token": "[REDACTED]",
        "ticket_codes": "[REDACTED]",
        "api_key": "[REDACTED]",
        "nested": {"password": "[REDACTED]", "items": [{"email": "j***@example.com"}]},
        "customer": {"plan": "gold", "nickname": "[REDACTED]", "handle": "[REDACTED]", "email": "j***@example.com"},
        "secret": "[REDACTED]",
        "given": "[REDACTED]",
        "body": "[REDACTED]",
        "event_name": "order.paid",
        "idempotency_key": "k-1",
        "day": "2026-01-01",
        "amount": 5,
        "nothing": None,
    }


@pytest.mark.proves("E-10")
@pytest.mark.parametrize(
    "secret",
    [
        "sk_live_51Hxyz",
        "sk_test_sandbox",
        "rk_live_abc",
        "whsec_MfKQ9r8G",
        "SG.abcdefgh.ijklmnop",
        "xoxb-123-abc",
        "Bearer abc.def",
        "Basic ZnVsbGhvdXNlOm5vdC10by1iZS1zZWVu",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1In0.c2ln",
        "jane.doe+tag@example.com",
        "+1-352-555-0100",
        "+13525550100",
        "FH1:" + "A1 $%*+-./:" * 12,
    ],
)
def test_texts_that_look_like_secrets_are_masked(secret: str) -> None:
    masked = mask_text(f"failed with {secret}, again")
    assert secret not in masked
    assert masked.startswith("failed with ")


def test_passwords_in_addresses_are_masked() -> None:
    assert mask_text("postgresql://me:pw@db:5432/x") == "postgresql://[REDACTED]@db:5432/x"


def test_texts_without_secrets_stay_as_they_are() -> None:
    text = "order 0190a5c2-7d3e at 2026-11-21T12:00:00+00:00, 2 + 3 seats, dallas-jan-2027"
    assert mask_text(text) == text


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_anything_can_be_logged(value: object) -> None:
    json.dumps(mask_fields({"value": value}))


def test_partial_masks_let_people_recognise_each_other() -> None:
    assert mask_email("jane@example.com") == "j***@example.com"
    assert mask_email("nonsense") == "[REDACTED]"
    assert mask_phone("+13525550100") == "***0100"
    assert mask_phone("123") == "[REDACTED]"
