"""E-10: what names a person or opens a door is masked wherever an event is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from events import (
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderSeat,
    OrderSource,
    OrderState,
    SeatState,
    TicketCode,
    masked,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECRETS = ("Jordan", "Ellis", "jordan@example.com", "+12145550137", "TICKET-CODE", "token=abc")


def paid() -> OrderPaid:
    return OrderPaid(
        order_id=OrderId(uuid4()),
        number="7K3M2QXD",
        version=3,
        state=OrderState.PAID,
        city_id="dallas-jan-2027",
        tier="ga",
        quantity=1,
        unit_price=47920,
        lines=(OrderLine(tier="ga", quantity=1, list_price=59900, unit_price=47920, amount=47920),),
        seats=(OrderSeat(seat=1, tier="ga", state=SeatState.SOLD),),
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
        tickets=(TicketCode(seat=1, tier="ga", code="TICKET-CODE"),),
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
    assert shown["lines"] == [{"tier": "ga", "quantity": 1, "listPrice": 59900, "unitPrice": 47920, "amount": 47920}]


@pytest.mark.proves("E-10")
def test_the_wire_form_carries_them_for_the_consumers_that_need_them() -> None:
    wire = paid().model_dump_json(by_alias=True)
    assert not [secret for secret in SECRETS if secret not in wire]
