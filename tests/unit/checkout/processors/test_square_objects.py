"""Square's objects as ours, where they differ from the usual."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.signatures import SignatureInvalid, SignatureMissing
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.domain import CredentialsRefused, DisputeStatus, PaymentStatus
from checkout.processors.news import NewsKind
from checkout.processors.signatures import check_keyed_hash, sha256_hex
from checkout.processors.square_objects import (
    choose_location,
    parts_of,
    read_dispute,
    read_news,
    read_order,
    read_payment,
    refusal,
)

pytestmark = pytest.mark.proves("P-4")

PAYMENT: dict[str, Any] = {
    "id": "pay-1", "status": "COMPLETED", "total_money": {"amount": 12_500, "currency": "USD"},
    "created_at": "2026-11-30T10:00:00.000Z", "updated_at": "2026-11-30T10:00:01.000Z",
}  # fmt: skip
DISPUTE: dict[str, Any] = {
    "id": "d-1", "disputed_payment": {"payment_id": "pay-1"}, "state": "EVIDENCE_REQUIRED",
    "amount_money": {"amount": 12_500, "currency": "USD"}, "created_at": "2026-11-30T10:00:00.000Z",
    "updated_at": "2026-11-30T10:00:01.000Z",
}  # fmt: skip
CARDS = {"id": "L1", "status": "ACTIVE", "capabilities": ["CREDIT_CARD_PROCESSING"]}


@pytest.mark.parametrize(
    ("note", "key"),
    [("Ref. a-1", "a-1"), ("Ref. ", None), ("Two haircuts, ref. a-1", None), ("Ref. a-1 and more", None), (None, None)],
)
def test_only_our_own_note_is_our_key(note: str | None, key: str | None) -> None:
    assert read_payment(PAYMENT | {"note": note}).key == key


def test_a_fee_is_unknown_until_square_says_it() -> None:
    assert read_payment(PAYMENT).fee is None
    fees = [{"amount_money": {"amount": amount, "currency": "USD"}} for amount in (393, -10)]
    assert read_payment(PAYMENT | {"processing_fee": fees}).fee == 383


@pytest.mark.parametrize(
    ("status", "read"),
    [("APPROVED", PaymentStatus.PENDING), ("CANCELED", PaymentStatus.CANCELLED), ("FAILED", PaymentStatus.FAILED)],
)
def test_only_a_completed_payment_is_money(status: str, read: PaymentStatus) -> None:
    assert read_payment(PAYMENT | {"status": status}).status is read


def test_an_older_tender_names_its_payment_by_its_own_id() -> None:
    order = {"state": "COMPLETED", "tenders": [{"id": "pay-1"}]}
    assert read_order({"order": order})[1] == "pay-1"


def test_payments_are_taken_where_cards_can_be() -> None:
    closed = CARDS | {"id": "L0", "status": "INACTIVE"}
    assert choose_location({"locations": [closed, CARDS]})["id"] == "L1"
    assert choose_location({"locations": [closed]})["id"] == "L0"
    with pytest.raises(ProcessorRefused):
        choose_location({})


@pytest.mark.parametrize("page_id", ["", "link", "link.", ".order"])
def test_what_can_be_no_page_is_refused(page_id: str) -> None:
    with pytest.raises(ProcessorRefused):
        parts_of(page_id)


@pytest.mark.parametrize("body", [{}, {"errors": []}, {"errors": "no"}, {"errors": [7]}, {"errors": [{"code": None}]}])
def test_a_refusal_of_another_form_is_one(body: dict[str, Any]) -> None:
    assert refusal(400, body).our_fault
    assert isinstance(refusal(401, body), CredentialsRefused)


@pytest.mark.parametrize(
    ("type", "data", "kind"),
    [
        ("oauth.authorization.revoked", {"type": "revocation", "object": {"revocation": {}}}, NewsKind.ACCESS_REVOKED),
        ("dispute.created", {"id": "d-1", "object": {"dispute": DISPUTE}}, NewsKind.DISPUTE),
        ("payment.updated", {"id": "t-1", "object": {}}, NewsKind.OTHER),
        ("catalog.version.updated", {"id": "c-1", "object": {"catalog": {}}}, NewsKind.OTHER),
    ],
)
def test_news_are_of_a_kind(type: str, data: dict[str, Any], kind: NewsKind) -> None:  # noqa: A002 Square's word
    event = {"event_id": "e-1", "type": type, "merchant_id": "ML1", "created_at": "2026-11-30T10:00:00Z", "data": data}
    news = read_news(json.dumps(event).encode())
    assert (news.kind, news.payment, news.refund) == (kind, None, None)
    assert news.created_at == datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("INQUIRY_EVIDENCE_REQUIRED", DisputeStatus.INQUIRY),
        ("PROCESSING", DisputeStatus.OPEN),
        ("WON", DisputeStatus.WON),
        ("LOST", DisputeStatus.LOST),
        ("ACCEPTED", DisputeStatus.LOST),
    ],
)
def test_a_dispute_says_how_it_stands(state: str, status: DisputeStatus) -> None:
    assert read_dispute(DISPUTE | {"state": state}).status is status


def test_a_keyed_hash_is_good_under_either_of_two_secrets() -> None:
    old, new = SecretStr("old"), SecretStr("new")
    given = "sha256=" + "0" * 64
    with pytest.raises(SignatureInvalid):
        check_keyed_hash(b"body", given, (old, new), written=sha256_hex)
    with pytest.raises(SignatureMissing):
        check_keyed_hash(b"body", "", (old, new), written=sha256_hex)
    genuine = "sha256=" + hmac.digest(b"old", b"body", "sha256").hex()
    check_keyed_hash(b"body", genuine, (new, old), written=sha256_hex)
