"""What the API shows of an order, to whom (C-6, X-3)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.orders.domain import Cause, HistoryEntry
from checkout.orders.fulfilment import Delivery, Fulfilment
from checkout.orders.models import order_detail_out, order_out
from events import OrderState, TicketCode
from tests.unit.checkout.samples import NOW, order

pytestmark = pytest.mark.proves("C-6", "X-3")

PAID = replace(order(), state=OrderState.PAID, tickets=(TicketCode(seat=1, code="secret"),), paid_at=NOW)


def test_a_buyer_sees_the_codes_and_an_order_list_of_staff_does_not() -> None:
    shown = json.loads(order_out(PAID, codes=True, personal=True).model_dump_json(by_alias=True))
    masked = json.loads(order_out(PAID, codes=False, personal=False).model_dump_json(by_alias=True))
    assert shown["tickets"][0]["code"] == "secret"
    assert shown["customer"]["email"] == PAID.customer.email
    assert masked["tickets"][0]["code"] is None
    assert PAID.customer.email not in json.dumps(masked)
    assert masked["customer"]["firstName"] == f"{PAID.customer.first_name[0]}."


def test_the_fields_that_every_list_of_orders_has() -> None:
    shown = order_out(PAID, codes=False, personal=True).model_dump(mode="json", by_alias=True)
    named = "orderId number state version cityId lines seats amount currency tickets"
    assert set(named.split()) <= shown.keys()
    assert shown["cityId"] == PAID.line.item_id
    assert shown["holdExpiresAt"] is None


def test_the_promise_is_shown_while_the_seats_are_held() -> None:
    waiting = order()
    shown = order_out(waiting, codes=True, personal=True)
    assert shown.hold_expires_at == waiting.promised_until


def test_history_and_messages_come_with_one_order() -> None:
    entry = HistoryEntry(
        version=2,
        state_from="placed",
        state_to="paid",
        refused=False,
        cause=Cause(who="stripe", why="checkout.session.completed", event_id="evt_1"),
        at=NOW,
    )
    deliveries = tuple(
        Delivery(channel="sms", kind="order_paid", state=state, changed_at=NOW + timedelta(seconds=n))
        for n, state in enumerate(("failed", "sent"))
    )
    fulfilment = Fulfilment(revision=3, sold_at=NOW, oversold=False, deliveries=deliveries)
    document = order_detail_out(PAID, [entry], fulfilment, codes=True, personal=True).model_dump(
        mode="json", by_alias=True
    )
    assert (document["history"][0]["from"], document["history"][0]["to"]) == ("placed", "paid")
    assert (document["fulfilment"]["sms"], document["fulfilment"]["email"]) == ("sent", "waiting")
    assert len(document["fulfilment"]["deliveries"]) == 2
