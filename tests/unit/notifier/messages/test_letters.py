"""What buyers read about their money."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import config
from events import (
    Channel,
    OrderCustomer,
    OrderPaid,
    OrderState,
    PaymentFailure,
    PaymentSecondCharge,
    SeatState,
    SecondChargeOutcome,
)
from notifier.channels.email import EmailMessage
from notifier.messages.domain import Installation
from notifier.messages.letters import (
    ADDRESS_LEFT,
    PAYMENT_FAILED,
    REFUND,
    SECOND_CHARGE,
    AddressLeftFacts,
    Facts,
    LetterComposer,
    PassOrder,
    PaymentFailedFacts,
    RefundFacts,
    SecondChargeFacts,
)
from notifier.messages.passes import PassFacts
from notifier.messages.stock_view import StockView
from notifier.texts.templates import shipped_templates
from tests.integration.notifier.facts import failed, granted, handed_over, paid, refunded
from tests.unit.notifier.messages.test_texts import HERE, claimed, stock_view

TEMPLATES = shipped_templates()
BRAND = config.load(Path("deploy/config")).brand
NO_NAME = OrderCustomer(first_name="", last_name="", email="pat@example.com")


async def letter(kind: str, facts: Facts, *, seen: StockView | None = None) -> EmailMessage:
    here = Installation(brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("UTC"))
    composer = LetterComposer(stock_view=seen or stock_view(), templates=TEMPLATES, installation=here)
    asked = claimed(kind, facts, Channel.EMAIL)
    message = await composer.compose(asked)
    assert isinstance(message, EmailMessage)
    assert composer.marker(asked.delivery, asked.content) == "7K3M-2QXD"
    return message


def order(**changes: Any) -> OrderPaid:
    return paid(HERE, number="7K3M2QXD", **changes)


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "C-6")
async def test_an_address_that_is_left_hears_of_it_and_of_nobody() -> None:
    robin = OrderCustomer(first_name="Robin", last_name="Hale", email="robin@example.com")
    mail = await letter(ADDRESS_LEFT, AddressLeftFacts(order=handed_over(order(), robin)))
    assert mail.subject == "New address: 2 seats in Dallas, January 23–24"
    assert mail.to_name == ""
    for body in (mail.text, mail.html):
        assert "Your order has a new address." in body
        assert "help@example.com" in body
        assert not any(word in body for word in ("Robin", "Hale", "robin@", "token="))


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "N-12")
async def test_a_debit_that_failed() -> None:
    facts = PaymentFailedFacts(order=failed(order(), cause=PaymentFailure.DEBIT_DECLINED))
    mail = await letter(PAYMENT_FAILED, facts)
    assert mail.subject == "Not paid: 2 seats in Dallas, January 23–24"
    for body in (mail.text, mail.html):
        assert "Your bank refused the payment, Jordan." in body
        assert "Nothing was charged. The $958.40 for 2 seats in Dallas, January 23–24 did not come" in body
        assert "https://tickets.example.com" in body
        assert "help@example.com" in body


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "N-12")
@pytest.mark.parametrize(
    ("state", "seats", "gone", "what", "said"),
    [
        (OrderState.REFUNDED, (SeatState.REFUNDED,) * 3, (1, 2, 3), "3 seats", "Your tickets are no longer valid."),
        (OrderState.REFUNDED, (SeatState.REFUNDED,), (1,), "1 seat", "Your ticket is no longer valid."),
        (OrderState.REFUNDED, (SeatState.REFUNDED,) * 2, (2,), "1 of 2 seats", "Your tickets are no longer valid."),
        (OrderState.PARTIALLY_REFUNDED, (SeatState.SOLD,) * 2, (), "2 seats", "Your tickets stay valid."),
        (OrderState.PARTIALLY_REFUNDED, (SeatState.SOLD,), (), "1 seat", "Your ticket stays valid."),
        (
            OrderState.PARTIALLY_REFUNDED,
            (SeatState.REFUNDED, SeatState.SOLD),
            (),
            "2 seats",
            "Your ticket for seat 2 stays valid.",
        ),
        (
            OrderState.PARTIALLY_REFUNDED,
            (SeatState.SOLD, SeatState.REFUNDED, SeatState.SOLD),
            (2,),
            "1 of 3 seats",
            "The ticket for seat 2 is no longer valid. Your tickets for seats 1 and 3 stay valid.",
        ),
        (
            OrderState.PARTIALLY_REFUNDED,
            (SeatState.REFUNDED, SeatState.REFUNDED, SeatState.SOLD),
            (1, 2),
            "2 of 3 seats",
            "The tickets for seats 1 and 2 are no longer valid. Your ticket for seat 3 stays valid.",
        ),
    ],
)
async def test_a_refund_says_how_much_and_which_tickets_it_ends(
    state: OrderState, seats: tuple[SeatState, ...], gone: tuple[int, ...], what: str, said: str
) -> None:
    bought = order(quantity=len(seats))
    numbered = zip(bought.seats, seats, strict=True)
    kept = tuple(seat.model_copy(update={"state": each}) for seat, each in numbered)
    facts = RefundFacts(order=refunded(bought, state=state, seats=kept, refunded_amount=47_920, refunded_seats=gone))
    mail = await letter(REFUND, facts)
    assert mail.subject == f"Refund for {what} in Dallas, January 23–24"
    for body in (mail.text, mail.html):
        assert "Your money is on its way back, Jordan." in body
        assert "We have sent $479.20 back" in body
        assert said in body


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "C-7")
async def test_a_cancelled_order_that_cost_nothing_speaks_of_no_money() -> None:
    bought = refunded(order(), state=OrderState.REFUNDED, refunded_amount=0, refunded_seats=(1, 2))
    mail = await letter(REFUND, RefundFacts(order=bought.model_copy(update={"amount": 0})))
    assert mail.subject == "Cancelled: 2 seats in Dallas, January 23–24"
    for body in (mail.text, mail.html):
        assert "Your order is cancelled, Jordan." in body
        assert "Nothing was paid, so nothing is sent back." in body
        assert "Your tickets are no longer valid." in body
        assert "$" not in body


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "I-3")
async def test_a_refund_of_an_order_without_a_seat_speaks_of_no_ticket() -> None:
    bought = refunded(order(), state=OrderState.REFUNDED, refunded_amount=95_840, refunded_seats=(1, 2))
    mail = await letter(REFUND, RefundFacts(order=bought, oversold=True))
    for body in (mail.text, mail.html):
        assert "There were not enough seats left when you paid. That was our mistake, and we are sorry." in body
        assert "valid" not in body


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "N-12", "C-5")
async def test_a_second_charge_goes_back_and_the_order_stays() -> None:
    mail = await letter(SECOND_CHARGE, SecondChargeFacts(order=order(), amount=95_840))
    assert mail.subject == "You were charged twice: your money is on its way back"
    for body in (mail.text, mail.html):
        assert "You were charged twice, Jordan." in body
        assert "$958.40, is on its way back" in body
        assert "your tickets stay valid. You need to do nothing." in body


@pytest.mark.asyncio
@pytest.mark.proves("C-9", "N-1")
async def test_a_pass_that_was_charged_twice() -> None:
    own_pass = granted(order_number="7K3M2QXD")
    charge = PaymentSecondCharge(
        order_id=own_pass.order_id,
        processor="stripe",
        amount=18_000,
        currency="USD",
        outcome=SecondChargeOutcome.REFUNDED,
        occurred_at=own_pass.occurred_at,
    )
    told = PassOrder.of(PassFacts.of(own_pass), charge)
    mail = await letter(SECOND_CHARGE, SecondChargeFacts(order=told, amount=charge.amount))
    assert mail.subject == "You were charged twice: your money is on its way back"
    for body in (mail.text, mail.html):
        assert "Two payments came for Ten classes. One of them, $180.00, is on its way back" in body
        assert "your pass stays valid. You need to do nothing." in body
        assert "https://tickets.example.com/passes?token=abc" in body


@pytest.mark.asyncio
@pytest.mark.proves("N-12")
async def test_a_payer_without_a_name_and_a_city_that_is_gone_have_words_too() -> None:
    facts = SecondChargeFacts(order=order(customer=NO_NAME), amount=95_840)
    mail = await letter(SECOND_CHARGE, facts, seen=StockView())
    assert mail.to_name == ""
    for body in (mail.text, mail.html):
        assert "You were charged twice." in body
        assert f"2 seats in {HERE}" in body
