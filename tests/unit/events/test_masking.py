"""E-10: what names a person or opens a door is masked wherever an event is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import (
    REGISTRY,
    LineKind,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderSeat,
    OrderSource,
    OrderState,
    SeatState,
    TicketCode,
    event_json,
    masked,
    masked_record,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRETS = ("Jordan", "Ellis", "jordan@example.com", "+12145550137", "TICKET-CODE", "token=abc")


def paid() -> OrderPaid:
    return OrderPaid(
        order_id=OrderId(uuid4()),
        number="7K3M2QXD",
        version=3,
        state=OrderState.PAID,
        lines=(
            OrderLine(
                line=1,
                kind=LineKind.SEATS,
                item_id="dallas-jan-2027",
                tier="ga",
                quantity=1,
                list_price=59900,
                unit_price=47920,
                amount=47920,
            ),
        ),
        seats=(OrderSeat(seat=1, line=1, city_id="dallas-jan-2027", tier="ga", state=SeatState.SOLD),),
        amount=47920,
        discount_total=11980,
        currency="USD",
        customer=OrderCustomer(
            first_name="Jordan", last_name="Ellis", email="jordan@example.com", phone="+12145550137"
        ),
        member=True,
        member_verified=False,
        business_type="barber",
        source=OrderSource.WEB,
        link="https://fullhouse.example.com/success?token=abc",
        live_mode=False,
        occurred_at=NOW,
        hold_alive=True,
        tickets=(TicketCode(seat=1, code="TICKET-CODE"),),
        paid_at=NOW,
        processor_time=NOW,
    )


@pytest.mark.proves("E-10")
def test_nothing_marked_is_left_in_the_masked_form() -> None:
    shown = json.dumps(masked(paid()))
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.proves("E-10")
def test_the_facts_stay_readable() -> None:
    shown = masked(paid())
    assert shown["number"] == "7K3M2QXD"
    assert shown["occurredAt"] == "2026-11-21T12:00:00Z"
    (line,) = shown["lines"]
    assert (line["itemId"], line["tier"], line["quantity"], line["amount"]) == ("dallas-jan-2027", "ga", 1, 47920)


@pytest.mark.proves("E-10")
def test_the_wire_form_carries_them_for_the_consumers_that_need_them() -> None:
    wire = paid().model_dump_json(by_alias=True)
    assert not [secret for secret in SECRETS if secret not in wire]


HEADERS: list[tuple[str, bytes | None]] = [
    ("ce_type", OrderPaid.type.encode()),
    ("ce_subject", b"0190"),
    ("dlq-reason", b"no such city"),
]


def shown(value: bytes | None, headers: list[tuple[str, bytes | None]] = HEADERS) -> str:
    return json.dumps(masked_record(key=b"0190", value=value, headers=headers), ensure_ascii=False)


@pytest.mark.proves("E-10")
def test_a_record_is_shown_like_its_event() -> None:
    view = masked_record(key=b"0190", value=event_json(paid()), headers=HEADERS)
    assert view["type"] == OrderPaid.type
    assert view["key"] == "0190"
    assert view["headers"]["dlq-reason"] == "no such city"
    assert view["data"].keys() == masked(paid()).keys()
    assert not [secret for secret in SECRETS if secret in json.dumps(view)]


@pytest.mark.proves("E-10", "E-5")
@pytest.mark.parametrize(
    "change",
    [
        {"customer": "Jordan Ellis, jordan@example.com"},
        {"customer": ["Jordan"]},
        {"number": {"of": "Jordan"}},
        {"lines": "Jordan"},
        {"guestName": "Jordan"},
        {"Jordan Ellis": 1},
        {"tickets": [{"seat": 1, "tier": "ga", "code": ["TICKET-CODE"], "holder": "Jordan"}]},
    ],
)
def test_what_the_model_does_not_know_is_not_shown(change: dict[str, object]) -> None:
    document = json.loads(event_json(paid())) | change
    text = shown(json.dumps(document).encode())
    assert not [secret for secret in SECRETS if secret in text]
    assert "7K3M2QXD" in text or "number" in change


@pytest.mark.proves("E-10", "E-5")
@pytest.mark.parametrize(
    "value", [None, b"", b"Jordan", b'"Jordan"', b'["Jordan"]', b'{"email": "Jordan', b"\xff Jordan", b"[" * 100_000]
)
def test_bytes_that_are_no_event_are_only_hinted_at(value: bytes | None) -> None:
    assert "Jordan" not in shown(value)


@pytest.mark.proves("E-10", "E-5")
def test_a_foreign_record_shows_nothing_of_itself() -> None:
    headers = [("ce_type", b"Jordan"), ("ce_subject", b"Jordan"), ("x-user", b"Jordan"), ("Jordan Ellis", None)]
    view = masked_record(key=b"Jordan", value=b'{"name": "Jordan"}', headers=headers)
    assert "Jordan" not in json.dumps(view)
    assert view["data"] == "[masked, 18 bytes]"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.proves("E-5")
@given(
    name=st.sampled_from(sorted(REGISTRY)),
    field=st.sampled_from(["customer", "lines", "pools", "labels", "tickets", "recipient", "x"]),
    found=_JSON,
)
def test_whatever_a_record_holds_can_be_printed(name: str, field: str, found: object) -> None:
    headers: list[tuple[str, bytes | None]] = [("ce_type", name.encode()), ("ce_id", b"\xff")]
    shown(json.dumps({field: found}).encode(), headers).encode()
