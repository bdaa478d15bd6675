"""What a processor says beside what we have: each difference by its name, and nothing of what is in order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkout.payments.domain import Attempt, AttemptState, Dispute, ProcessorRefund, Session
from checkout.reconciliation.comparing import (
    KnownPayment,
    Ours,
    of_dispute,
    of_order,
    of_refunds,
    of_session,
    of_waiting,
    refund_is_news,
)
from checkout.reconciliation.domain import Difference
from events import OrderSource, OrderState
from tests.unit.checkout.samples import NOW, ORDER_ID

pytestmark = pytest.mark.proves("R-1")

MARKS = {"cityId": "dallas-jan-2027", "ticketType": "GA", "quantity": "2"}
SESSION = Session(
    processor="stripe",
    session_id="cs_1",
    url=None,
    status="complete",
    payment_status="paid",
    amount=119800,
    currency="USD",
    live_mode=False,
    created=NOW,
    payment_intent="pi_1",
    order_id=ORDER_ID,
    metadata=MARKS,
    name=None,
    email=None,
    phone=None,
    country=None,
    region=None,
    paid_at=NOW,
)
OURS = Ours(
    order_id=ORDER_ID,
    state=OrderState.PAID,
    amount=119800,
    currency="USD",
    live_mode=False,
    source=OrderSource.WEB,
    processor="stripe",
    paid_at=NOW,
    seats=2,
    tickets=2,
    pools=1,
    sold=1,
    passes=0,
    granted=0,
    told=frozenset({"delivered"}),
    charges={"pi_1": 0},
)
WAITS = replace(OURS, state=OrderState.AWAITING_PAYMENT, paid_at=None, tickets=0, sold=0, told=frozenset(), charges={})
ATTEMPT = Attempt(
    attempt_id=ORDER_ID,
    order_id=ORDER_ID,
    processor="stripe",
    idempotency_key="key",
    parameters="",
    amount=119800,
    currency="USD",
    state=AttemptState.OPEN,
    expires_at=NOW,
    session_id="cs_1",
    session_url=None,
    traceparent=None,
    tries=0,
)


def kind(difference: Difference | None) -> str | None:
    return difference.kind.value if difference else None


@pytest.mark.parametrize(
    ("session", "ours", "wrong"),
    [
        ({}, OURS, None),
        ({}, replace(OURS, state=OrderState.REFUNDED), None),
        ({}, replace(OURS, state=OrderState.DISPUTED), None),
        ({"payment_status": "unpaid"}, WAITS, None),
        ({"status": "expired", "payment_status": "unpaid"}, WAITS, None),
        ({"status": "open", "payment_status": "unpaid"}, WAITS, None),
        ({}, WAITS, "order_not_paid"),
        ({}, replace(WAITS, state=OrderState.EXPIRED), "order_not_paid"),
        ({}, replace(WAITS, state=OrderState.PAYMENT_PENDING), "order_not_paid"),
        ({"payment_intent": None, "payment_status": "no_payment_required"}, WAITS, "order_not_paid"),
        ({"refunded": 119800}, WAITS, None),
        ({"amount": 100}, WAITS, "amount_differs"),
        ({"currency": "EUR"}, WAITS, "amount_differs"),
        ({"live_mode": True}, WAITS, "amount_differs"),
        ({"amount": 100, "refunded": 100}, WAITS, None),
        ({}, None, "paid_without_order"),
        ({"metadata": {}}, None, None),
        ({"refunded": 119800}, None, None),
        ({"payment_intent": "pi_2"}, OURS, "second_payment"),
        ({"payment_intent": "pi_2", "amount": 100}, OURS, "amount_differs"),
        ({}, replace(OURS, charges={}), "payment_missing"),
        ({}, replace(OURS, source=OrderSource.GRANTED), None),
    ],
)
def test_a_session(session: dict[str, Any], ours: Ours | None, wrong: str | None) -> None:
    assert kind(of_session("stripe", replace(SESSION, **session), ours)) == wrong


@pytest.mark.parametrize(
    ("session", "attempt", "wrong"),
    [
        ({"status": "open", "payment_status": "unpaid"}, {}, None),
        ({"status": "expired", "payment_status": "unpaid"}, {}, "news_missing"),
        ({"status": "expired", "payment_status": "unpaid"}, {"state": AttemptState.EXPIRED}, None),
        ({"payment_status": "unpaid"}, {}, "news_missing"),
        ({"payment_status": "unpaid"}, {"state": AttemptState.COMPLETE}, None),
        ({"payment_status": "unpaid", "payment_failed": True}, {"state": AttemptState.COMPLETE}, "news_missing"),
        ({"payment_status": "unpaid", "payment_failed": True}, {"state": AttemptState.FAILED}, None),
        ({}, {}, "order_not_paid"),
    ],
)
def test_an_order_that_waits(session: dict[str, Any], attempt: dict[str, Any], wrong: str | None) -> None:
    assert kind(of_waiting("stripe", replace(SESSION, **session), replace(ATTEMPT, **attempt), WAITS)) == wrong


@pytest.mark.parametrize(
    ("ours", "wrong"),
    [
        (OURS, []),
        (WAITS, []),
        (replace(OURS, tickets=1), ["tickets_missing"]),
        (replace(OURS, passes=1), ["pass_missing"]),
        (replace(OURS, sold=0), ["seats_missing"]),
        (replace(OURS, told=frozenset()), ["confirmation_missing"]),
        (replace(OURS, told=frozenset({"failed", "suppressed"})), ["confirmation_missing"]),
        (replace(OURS, told=frozenset({"failed", "queued"})), []),
        (replace(OURS, charges={}), ["not_paid"]),
        (replace(OURS, charges={}, source=OrderSource.GRANTED), []),
        (replace(OURS, charges={}, amount=0), []),
        (replace(OURS, state=OrderState.REFUNDED, tickets=0, told=frozenset()), []),
        (replace(OURS, state=OrderState.DISPUTED, sold=0), []),
        (replace(WAITS, sold=1), ["not_paid"]),
        (replace(WAITS, granted=1), ["not_paid"]),
    ],
)
def test_an_order(ours: Ours, wrong: list[str]) -> None:
    assert [each.kind.value for each in of_order(ours, confirmed=True)] == wrong


def test_no_message_is_missed_where_none_is_sent_nor_anything_of_who_is_away() -> None:
    assert list(of_order(replace(OURS, told=frozenset()), confirmed=False)) == []
    assert list(of_order(replace(OURS, told=frozenset(), sold=0), confirmed=True, heard=False)) == []


@pytest.mark.parametrize(
    ("told", "refunded", "under_way", "wrong"),
    [
        (0, 0, False, None),
        (100, 100, False, None),
        (100, 0, False, "refund_missing"),
        (100, 0, True, None),
        (0, 100, False, "refund_failed"),
    ],
)
def test_refunds(told: int, refunded: int, under_way: bool, wrong: str | None) -> None:
    known = KnownPayment(
        order_id=ORDER_ID, state=OrderState.PAID, refunded=refunded, under_way=under_way, others_unknown=False
    )
    assert kind(of_refunds("stripe", "pi_1", told, known)) == wrong
    assert of_refunds("stripe", "pi_1", told, replace(known, others_unknown=True)) is None


@pytest.mark.parametrize(
    ("failure", "known", "news"),
    [
        (None, {}, True),
        (None, {"re_1": False}, False),
        ("lost", {"re_1": False}, True),
        ("lost", {"re_1": True}, False),
        ("lost", {}, True),
    ],
)
def test_which_refunds_are_looked_at(failure: str | None, known: dict[str, bool], news: bool) -> None:
    refund = ProcessorRefund(
        processor="stripe", refund_id="re_1", payment_intent="pi_1", amount=100, failure=failure, ours=False
    )
    assert refund_is_news(refund, known) is news


@pytest.mark.parametrize(
    ("dispute", "state", "noted", "wrong"),
    [
        ({}, OrderState.PAID, False, "dispute_missing"),
        ({}, OrderState.DISPUTED, True, None),
        ({"won": True}, OrderState.DISPUTED, True, "dispute_missing"),
        ({"won": True}, OrderState.PAID, True, None),
        ({"inquiry": True}, OrderState.PAID, False, None),
    ],
)
def test_disputes(dispute: dict[str, Any], state: OrderState, noted: bool, wrong: str | None) -> None:
    known = KnownPayment(order_id=ORDER_ID, state=state, refunded=0, under_way=False, others_unknown=False)
    told = Dispute(
        processor="stripe",
        dispute_id="du_1",
        payment_intent="pi_1",
        code="fraudulent",
        amount=119800,
        currency="USD",
        inquiry=False,
        won=None,
    )
    assert kind(of_dispute("stripe", replace(told, **dispute), known, noted=noted)) == wrong
    assert of_dispute("stripe", told, None, noted=False) is None
