"""From a paid order to the owners' phones and the buyer's inbox, on the real stack."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.ids import display_number, uuid7
from events import (
    OfferEnd,
    OrderState,
    PaymentSecondCharge,
    SecondChargeOutcome,
    StockHeld,
    StockOversold,
    WaitlistJoined,
    WaitlistOffered,
    WaitlistOfferEnded,
    WayRefundOutcome,
)
from tests.integration.notifier.facts import (
    appointment_paid,
    appointment_refund,
    city,
    ending,
    failed,
    granted,
    holder,
    moved,
    new_city,
    paid,
    refunded,
    seat_found,
    stock,
    transferred,
)
from tests.integration.notifier.harness import OWNERS, World, until

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("N-1", "N-2", "N-3", "N-8", "N-12", "X-8", "E-7")
async def test_a_sale_reaches_the_owners_and_the_buyer(world: World) -> None:
    here = new_city()
    order = paid(here)
    async with world.notifier():
        await world.publish(city(here), stock(StockHeld, order, version=4, left=27), order)
        await until(lambda: _all_delivered(world), what="all delivered")
        texts = await world.messages("sms")
        [mail] = await world.messages("email")
    assert sorted(text["to"] for text in texts) == sorted(OWNERS)
    number = display_number(order.number)
    assert {text["text"] for text in texts} == {
        f"Sold: 2 GA, Dallas, $958.40, member. Left: 27 GA, 3 VIP. Order {number}"
    }
    assert mail["to"] == order.customer.email
    assert mail["subject"] == "Your 2 seats in Dallas, January 23–24"
    assert "You’re in, Jordan." in mail["html"]
    names = [attachment["filename"] for attachment in mail["attachments"]]
    assert names == [f"{number}-1.png", f"{number}-2.png", f"{here}.ics"]
    assert base64.b64decode(mail["attachments"][2]["content"]).startswith(b"BEGIN:VCALENDAR")
    for kind, count in {"notification.queued": 3, "notification.sent": 3, "notification.delivered": 3}.items():
        assert await world.told(kind) == count


@pytest.mark.proves("E-7", "N-8")
async def test_answering_and_working_may_be_two_processes(world: World) -> None:
    here = new_city()
    async with world.split_notifier():
        await world.publish(city(here), paid(here))
        await until(lambda: _all_delivered(world), what="receipts that one took settle what the other sent")
        status, listed = await world.get("/api/notifications")
    assert (status, len(listed["data"])) == (200, 3)


@pytest.mark.proves("N-1", "C-5")
async def test_the_buyer_hears_of_each_thing_that_happens_to_the_money(world: World) -> None:
    here = new_city()
    order, other = paid(here), paid(here)
    twice = PaymentSecondCharge(
        order_id=order.order_id,
        processor="stripe",
        amount=order.amount,
        currency="USD",
        outcome=SecondChargeOutcome.REFUNDED,
        occurred_at=order.occurred_at,
    )
    kept = twice.model_copy(update={"order_id": other.order_id, "outcome": SecondChargeOutcome.REFUSED})
    own_pass = granted()
    twice_for_a_pass = twice.model_copy(update={"order_id": own_pass.order_id, "amount": 18_000})
    part = refunded(order, state=OrderState.PARTIALLY_REFUNDED, refunded_amount=47_920, refunded_seats=(1,))
    given = transferred(order, robin := holder(2))
    rest = refunded(order, version=5, holders=(robin,), refunded_seats=(2,))
    async with world.notifier():
        await world.publish(city(here), failed(other), order, twice, kept, part, given, rest)
        soon = ending(own_pass, left=7)
        await world.publish(twice_for_a_pass, own_pass, soon, soon.model_copy(update={"version": 6}))
        receipt = appointment_paid()
        back = appointment_refund(receipt)
        refused = appointment_refund(receipt, outcome=WayRefundOutcome.REFUSED)
        # A restored checkout may find once more that an appointment is paid.
        await world.publish(receipt, receipt, back, refused, appointment_refund(receipt, details=None))
        await until(lambda: _mailed(world, 13), what="all mailed")
        await world.repeat()
        mails = await world.messages("email")
    subjects = sorted(mail["subject"].partition(" ")[0] for mail in mails)
    assert subjects == ["A", "Not", "Receipt:", *["Refund"] * 2, "Refund:", *["You"] * 3, *["Your"] * 4]
    assert sorted(mail["subject"][:13] for mail in mails if mail["to"] == robin.email) == [
        "You have a ti",
        "Your ticket h",
    ]
    assert {row["kind"] for row in await world.deliveries("channel = 'email'")} == {
        "appointment_paid",
        "appointment_refund",
        "confirmation",
        "pass_ending",
        "pass_granted",
        "payment_failed",
        "refund",
        "second_charge",
        "ticket_given",
        "ticket_left",
        "ticket_ended",
    }


@pytest.mark.proves("I-3", "N-1")
async def test_who_is_oversold_hears_of_each_seat_and_of_the_move(world: World) -> None:
    here, there = new_city(), new_city()
    order, given_up = paid(here, hold_alive=False), paid(here, hold_alive=False)
    over = [stock(StockOversold, each, version=2, left=0) for each in (order, given_up)]
    async with world.notifier():
        await world.publish(city(here), city(there, name="Austin"), seat_found(order, still=1), order, given_up, *over)
        await until(lambda: _mailed(world, 3), what="the apologies and the first seat")
        await world.publish(seat_found(order, version=4), seat_found(order, version=9), moved(order, there))
        await world.publish(refunded(given_up))
        await until(lambda: _mailed(world, 6), what="all mailed")
        await world.repeat()
        mails = await world.messages("email")
    kinds = [row["kind"] for row in await world.deliveries("channel = 'email'")]
    assert sorted(kinds) == ["confirmation", "confirmation", "refund", "seat_found", "seat_found", "seats_moved"]
    assert sorted(len(mail["attachments"]) for mail in mails) == [0, 0, 0, 0, 3, 3]
    assert {mail["to"] for mail in mails} == {order.customer.email, given_up.customer.email}
    assert "There were not enough seats left" in next(mail["text"] for mail in mails if "Refund" in mail["subject"])
    assert "Austin" in next(mail["text"] for mail in mails if "You have new tickets" in mail["text"])


async def _mailed(world: World, count: int) -> bool:
    return await world.states("email") == ["delivered"] * count


async def _all_delivered(world: World) -> bool:
    return await world.states("sms") == ["delivered"] * 2 and await world.states("email") == ["delivered"]


@pytest.mark.proves("I-10", "N-1")
async def test_who_waits_hears_of_the_line_of_seats_and_of_an_offer_that_passed(world: World) -> None:
    here, entry, offer = new_city(), uuid7(), uuid7()
    facts: dict[str, Any] = {
        "entry_id": entry,
        "city_id": here,
        "tier": "ga",
        "quantity": 2,
        "email": "ann@example.com",
        "first_name": "Ann",
        "token": "pV3sN8wLk2Qe7RtYb1ZxCm4d",
        "occurred_at": datetime.now(UTC),
    }
    offered = WaitlistOffered(**facts, offer_id=offer, offered_until=datetime.now(UTC) + timedelta(minutes=30))
    ends = [WaitlistOfferEnded(**facts, offer_id=offer, cause=cause) for cause in OfferEnd]
    async with world.notifier():
        await world.publish(city(here), WaitlistJoined(**facts), offered, *ends)
        await until(lambda: _mailed(world, 3), what="all mailed")
        await world.repeat()
        mails = {mail["subject"].partition(" ")[2]: mail for mail in await world.messages("email")}
    said = sorted(mail["subject"] for mail in mails.values())
    assert said[0] == "You are in line for 2 seats in Dallas, January 23–24"
    assert said[1] == "Your offer is over: 2 seats in Dallas, January 23–24"
    assert said[2].startswith("Yours until ")
    for mail in mails.values():
        assert f"/waitlist/place?place={entry}.pV3sN8wLk2Qe7RtYb1ZxCm4d" in mail["text"]
        assert (mail["to"], "Ann." in mail["html"]) == ("ann@example.com", True)
