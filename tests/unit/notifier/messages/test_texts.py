"""What people read. Templates are rendered here, so that a broken one fails before it is shipped."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from icalendar import Calendar

import config
from chassis.clock import TEST_EPOCH as NOW
from chassis.clock import ManualClock
from chassis.ids import uuid7
from events import (
    REGISTRY,
    CatalogueCityChanged,
    Channel,
    DiscountKind,
    LineDiscount,
    OrderCustomer,
    OrderPaid,
    Part,
    StockEvent,
    StockHeld,
)
from notifier.channels import gsm7
from notifier.channels.email import EmailMessage
from notifier.channels.sms import SmsMessage
from notifier.deliveries.composing import NotYet
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.store import Claimable
from notifier.messages.composer import MessageComposer
from notifier.messages.consumers import stock_reading
from notifier.messages.domain import (
    CONFIRMATION,
    CUSTOMER_CHANGED,
    SALE,
    SEAT_FOUND,
    SEATS_MOVED,
    TICKETS_AGAIN,
    ConfirmationFacts,
    Installation,
    SaleFacts,
)
from notifier.messages.stock_view import StockView
from notifier.texts.templates import shipped_templates
from tests.integration.notifier.facts import CODE, MOVED_CODE, asked_again, city, handed_over, moved, paid, stock

pytestmark = pytest.mark.asyncio

BRAND = config.load(Path("deploy/config")).brand
TEMPLATES = shipped_templates()
HERE = "dallas-jan-2027"


def composer(stock_view: StockView) -> MessageComposer:
    about = Installation(
        brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("America/New_York")
    )
    return MessageComposer(stock_view=stock_view, templates=TEMPLATES, installation=about, clock=ManualClock())


def stock_view(*, name: str = "Dallas", left: int | None = 27, age: timedelta = timedelta(0)) -> StockView:
    made = StockView()
    made.take_city(city(HERE, name=name))
    if left is not None:
        made.take_levels(
            stock(StockHeld, paid(HERE), version=1, left=left).model_copy(update={"occurred_at": NOW - age})
        )
    return made


def claimed(kind: str, facts: Part, channel: Channel) -> Claimable:
    delivery = Delivery(
        id=uuid7(),
        notification_id=uuid7(),
        order_id=None,
        kind=kind,
        channel=channel,
        recipient="+13525550100" if channel is Channel.SMS else "jordan.ellis@example.com",
        state=State.SENDING,
        version=1,
        lane=1,
        critical=False,
        next_attempt_at=NOW,
        created_at=NOW,
    )
    return Claimable(delivery=delivery, content=facts.model_dump(mode="json", by_alias=True))


async def sale(order: OrderPaid, seen: StockView) -> SmsMessage:
    message = await composer(seen).compose(claimed(SALE, SaleFacts.of(order), Channel.SMS))
    assert isinstance(message, SmsMessage)
    return message


async def confirmation(order: OrderPaid, *, oversold: bool = False) -> EmailMessage:
    return await mail_of(CONFIRMATION, ConfirmationFacts(order=order, oversold=oversold))


async def mail_of(kind: str, facts: ConfirmationFacts) -> EmailMessage:
    message = await composer(stock_view()).compose(claimed(kind, facts, Channel.EMAIL))
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.proves("N-1", "X-8", "N-12")
@pytest.mark.parametrize(
    ("changes", "seen", "text"),
    [
        ({}, stock_view(), "Sold: 2 GA, Dallas, $958.40, member. Left: 27 GA, 3 VIP. Order 7K3M-2QXD"),
        (
            {"member": False},
            stock_view(),
            "Sold: 2 GA, Dallas, $958.40, non-member. Left: 27 GA, 3 VIP. Order 7K3M-2QXD",
        ),
        (
            {},
            stock_view(age=timedelta(seconds=61)),
            "Sold: 2 GA, Dallas, $958.40, member. Left as of 6:58 AM: 27 GA, 3 VIP. Order 7K3M-2QXD",
        ),
        (
            {},
            stock_view(age=timedelta(days=1)),
            "Sold: 2 GA, Dallas, $958.40, member. Left as of Nov 20, 7:00 AM: 27 GA, 3 VIP. Order 7K3M-2QXD",
        ),
        ({}, stock_view(left=None), "Sold: 2 GA, Dallas, $958.40, member. Order 7K3M-2QXD"),
        ({}, StockView(), f"Sold: 2 GA, {HERE}, $958.40, member. Order 7K3M-2QXD"),
    ],
)
async def test_the_sale_in_one_text(changes: dict[str, Any], seen: StockView, text: str) -> None:
    order = paid(HERE, number="7K3M2QXD", **changes)
    message = await sale(order, seen)
    assert message.text == text
    assert message.segments == 1
    told = claimed(SALE, SaleFacts.of(order), Channel.SMS)
    assert composer(seen).marker(told.delivery, told.content) in message.text


@pytest.mark.proves("N-1")
async def test_the_receipt_has_the_lines_of_the_form() -> None:
    order = paid(HERE)
    discounts = (
        LineDiscount(kind=DiscountKind.MEMBER, label="Member price, 20% off", amount=20_000),
        LineDiscount(kind=DiscountKind.CODE, label="Code FADE10", amount=3_960),
    )
    named = order.model_copy(update={"lines": (order.lines[0].model_copy(update={"discounts": discounts}),)})
    for mail, lines in (
        (await confirmation(named), ["$1,198.00", "Member price, 20% off", "-$200.00", "Code FADE10", "-$39.60"]),
        (await confirmation(order), ["$1,198.00", "Discount", "-$239.60"]),
    ):
        for text in (mail.text, mail.html):
            places = [text.replace("\u2212", "-").index(line) for line in (*lines, "$958.40")]
            assert places == sorted(places)


@pytest.mark.proves("N-12")
async def test_a_long_city_stays_one_text() -> None:
    message = await sale(
        paid(HERE, number="7K3M2QXD"), stock_view(name="Llanfairpwllgwyngyllgogerychwyrndrobwllĳ " * 4)
    )
    assert gsm7.fits(message.text)
    assert message.text.endswith("Order 7K3M-2QXD")


@pytest.mark.proves("N-12")
async def test_a_city_of_other_letters_keeps_them_and_the_number_comes_first() -> None:
    message = await sale(paid(HERE, number="7K3M2QXD", currency="INR"), stock_view(name="Київ"))
    assert message.text.startswith("Order 7K3M-2QXD. Sold: 2 GA, Київ, INR 958.40, member.")
    assert message.segments == 2


@pytest.mark.proves("E-6", "N-1")
async def test_older_news_of_stock_and_cities_change_nothing() -> None:
    seen = stock_view()
    order = paid(HERE)
    seen.take_levels(stock(StockHeld, order, version=7, left=5))
    seen.take_levels(stock(StockHeld, order, version=6, left=9))
    seen.take_city(city(HERE, version=1, name="Houston"))
    levels, place = seen.levels(HERE), seen.city(HERE)
    assert levels is not None
    assert levels.available == {"ga": 5, "vip": 3}
    assert place is not None
    assert place.name == "Dallas"


@pytest.mark.proves("N-1", "N-12", "W-1")
async def test_the_confirmation_holds_what_the_buyer_needs() -> None:
    mail = await confirmation(paid(HERE, number="7K3M2QXD"))
    assert mail.subject == "Your 2 seats in Dallas, January 23–24"
    for body in (_text_of(mail.html), mail.text):
        for needed in (
            "You’re in, Jordan.",
            "Two seats in Dallas, General Admission. Doors open at 8:15 AM on Saturday, January 23, at Foundry Hall.",
            "Guest of Jordan Ellis",
            "7K3M-2QXD-2",
            "Sat–Sun, January 23–24, 2027",
            "9 AM – 5 PM CST, doors open at 8:15 AM",
            "1400 Botham Jean Blvd, Dallas, TX 75215",
            "Park behind the hall.",
            "$1,198.00",
            "−$239.60",
            "$958.40",
            "help@example.com",
        ):
            assert needed in body, needed
    for body in (mail.html, mail.text):
        assert "Something missing?" in body
        assert "https://tickets.example.com/find-my-purchase" in body
        assert "{" not in body.replace("{ ", "").split("</style>")[-1]


@pytest.mark.proves("N-12")
async def test_a_payer_without_a_name_has_words_too() -> None:
    mail = await confirmation(paid(HERE, customer=OrderCustomer(first_name="", last_name="", email="pat@example.com")))
    for body in (mail.text, _text_of(mail.html)):
        assert "You’re in." in body
        assert "Ticket holder" in body
        assert "Guest of" not in body


@pytest.mark.proves("N-12")
async def test_codes_are_large_and_the_mail_is_drawn_in_light_colours_with_a_smaller_headline_on_phones() -> None:
    html = (await confirmation(paid(HERE))).html
    assert re.findall(r'<img[^>]* height="(\d+)"', html) == ["212", "212"]
    assert '<meta name="color-scheme" content="light" />' in html
    assert re.search(r"@media \(max-width: 480px\) \{ \.poster div", html)


@pytest.mark.proves("I-3", "N-1")
async def test_each_code_is_shown_inline_and_can_be_read() -> None:
    mail = await confirmation(paid(HERE))
    pictures = [each for each in mail.attachments if each.content_id]
    assert [f"cid:{each.content_id}" for each in pictures] == re.findall(r"cid:[\w-]+", mail.html)
    assert [_read(each.content) for each in pictures] == [CODE, CODE]


@pytest.mark.proves("N-1")
async def test_the_calendar_file_has_an_event_a_day_and_no_secret() -> None:
    mail = await confirmation(paid(HERE))
    file = mail.attachments[-1]
    assert (file.filename, file.content_type) == (f"{HERE}.ics", "text/calendar")
    first, second = _events(file.content)
    assert str(first["summary"]) == "6FB Workshops, Dallas"
    assert "Foundry Hall" in str(first["location"])
    assert [first["dtstart"].dt.isoformat(), first["dtend"].dt.isoformat()] == [
        "2027-01-23T15:00:00+00:00",
        "2027-01-23T23:00:00+00:00",
    ]
    assert second["dtstart"].dt.isoformat() == "2027-01-24T15:00:00+00:00"
    assert first["uid"] != second["uid"]
    assert b"token" not in file.content


@pytest.mark.proves("N-12", "C-11")
async def test_customers_values_are_escaped_for_where_they_go() -> None:
    nasty = OrderCustomer(
        first_name="<img src=x onerror=alert(1)>{{ 7*7 }}",
        last_name="Ellis\r\nBcc: all@example.com",
        email="jordan.ellis@example.com",
    )
    mail = await confirmation(paid(HERE, customer=nasty))
    assert "<img src=x" not in mail.html
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in mail.html
    assert "\n" not in mail.to_name + mail.subject


@pytest.mark.proves("I-3", "N-1")
async def test_an_oversold_buyer_gets_no_tickets_but_the_truth() -> None:
    mail = await confirmation(paid(HERE), oversold=True)
    assert mail.attachments == ()
    assert CODE not in mail.html + mail.text
    assert "We owe you a seat, Jordan." in mail.html
    assert "$958.40" in mail.text


@pytest.mark.proves("I-3", "N-1")
async def test_who_was_oversold_gets_tickets_when_there_is_a_seat_for_each() -> None:
    order = paid(HERE)
    one = await mail_of(SEAT_FOUND, ConfirmationFacts(order=order, oversold=True, owed=1))
    assert "We have found 1 of your 2 seats." in one.html
    assert "We have found 1 of your 2 seats." in one.text
    assert (one.attachments, CODE in one.html + one.text) == ((), False)
    both = await mail_of(SEAT_FOUND, ConfirmationFacts(order=order))
    assert "You have your seat, Jordan." in both.html
    assert "There is a seat for you now" in both.text
    assert len([each for each in both.attachments if each.content_id]) == 2


@pytest.mark.proves("I-3", "N-1")
async def test_moved_seats_bring_new_tickets_in_the_new_city() -> None:
    told = moved(paid("austin-jan-2027"), HERE)
    mail = await mail_of(SEATS_MOVED, ConfirmationFacts(order=paid("austin-jan-2027")).reissued(told))
    assert "You have new tickets, Jordan." in mail.html
    assert "The tickets that you had let nobody in any more." in mail.text
    assert "Two seats in Dallas" in mail.text
    assert {_read(each.content) for each in mail.attachments if each.content_id} == {MOVED_CODE}


@pytest.mark.proves("N-11", "N-1")
async def test_tickets_that_were_asked_for_again_are_those_that_are_good() -> None:
    order = paid(HERE)
    again = asked_again(order, MOVED_CODE)
    mail = await mail_of(TICKETS_AGAIN, ConfirmationFacts(order=order).reissued(again))
    assert "Here are your tickets again, Jordan." in mail.html
    assert "these are the codes that let you in." in mail.text
    assert {_read(each.content) for each in mail.attachments if each.content_id} == {MOVED_CODE}


@pytest.mark.proves("C-6", "N-1")
async def test_who_has_an_order_now_gets_its_tickets_by_name() -> None:
    order = paid(HERE)
    robin = OrderCustomer(first_name="Robin", last_name="Hale", email="robin@example.com")
    facts = ConfirmationFacts(order=order).reissued(handed_over(order, robin))
    assert (facts.order.customer, facts.order.link) == (robin, handed_over(order, robin).link)
    mail = await mail_of(CUSTOMER_CHANGED, facts)
    assert (mail.to_name, "Your order has changed, Robin." in mail.html) == ("Robin Hale", True)
    assert {_read(each.content) for each in mail.attachments if each.content_id} == {CODE}


async def test_a_mail_waits_for_its_city() -> None:
    facts = ConfirmationFacts(order=paid(HERE))
    with pytest.raises(NotYet):
        await composer(StockView()).compose(claimed(CONFIRMATION, facts, Channel.EMAIL))


@pytest.mark.proves("N-2")
async def test_a_text_is_not_tried_longer_than_it_is_worth_sending() -> None:
    each = claimed(SALE, SaleFacts.of(paid(HERE)), Channel.SMS)
    ending = replace(each, delivery=replace(each.delivery, expires_at=NOW + timedelta(minutes=40)))
    message = await composer(stock_view()).compose(ending)
    assert isinstance(message, SmsMessage)
    assert message.valid_for == timedelta(minutes=40)


def _read(png: bytes) -> str:
    """What a scanner reads in a picture of one bit a pixel, no filters."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (1, 0)
    data = png[png.index(b"IDAT") + 4 :]
    rows = zlib.decompressobj().decompress(data)
    stride = width // 8 + 1
    grey = bytearray()
    for row in range(height):
        packed = rows[row * stride + 1 : (row + 1) * stride]
        grey += b"".join(b"\xff" * 8 if byte else b"\0" * 8 for byte in packed)
    found = zxingcpp.read_barcode(memoryview(bytes(grey)).cast("B", (height, width)))
    assert found is not None
    return found.text


def _events(file: bytes) -> list[Any]:
    return list(Calendar.from_ical(file).walk("VEVENT"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return " ".join(" ".join(parser.parts).split())


async def test_every_event_that_tells_of_stock_renews_what_texts_quote() -> None:
    stock_types = {model for model in REGISTRY.values() if issubclass(model, StockEvent)}
    assert set(stock_reading(StockView()).types) == {CatalogueCityChanged, *stock_types}
