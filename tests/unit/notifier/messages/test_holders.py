"""What those read whom a ticket was given to, and who gave it (C-6)."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import config
from events import Channel, OrderTicketsTransferred, TicketCode
from notifier.channels.email import EmailMessage
from notifier.messages.domain import ConfirmationFacts, Installation
from notifier.messages.holders import (
    TICKET_ENDED,
    TICKET_GIVEN,
    TICKET_LEFT,
    HolderComposer,
    HolderFacts,
    ended_facts,
    given_facts,
    left_facts,
)
from notifier.texts.templates import shipped_templates
from tests.integration.notifier.facts import MOVED_CODE, asked_again, holder, paid, refunded, transferred
from tests.unit.notifier.messages.test_texts import HERE, claimed, stock_view

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-6", "N-1")]

BRAND = config.load(Path("deploy/config")).brand
TEMPLATES = shipped_templates()
ROBIN = holder(2)
SAM = ROBIN.model_copy(update={"first_name": "Sam", "last_name": "Cole", "email": "sam@example.com"})
ORDER = paid(HERE, number="7K3M2QXD")


async def mail_of(kind: str, facts: HolderFacts) -> EmailMessage:
    here = Installation(brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("UTC"))
    composer = HolderComposer(stock_view=stock_view(), templates=TEMPLATES, installation=here)
    asked = claimed(kind, facts, Channel.EMAIL)
    message = await composer.compose(asked)
    assert isinstance(message, EmailMessage)
    assert composer.marker(asked.delivery, asked.content) == "Order 7K3M-2QXD"
    return message


async def test_the_holder_gets_the_ticket_and_nothing_of_its_buyer() -> None:
    (facts,) = given_facts(ORDER, told := transferred(ORDER, ROBIN), told.tickets)
    assert facts.order.tickets == (TicketCode(seat=2, code=MOVED_CODE),)
    mail = await mail_of(TICKET_GIVEN, facts)
    assert (mail.to_name, mail.subject) == ("Robin", "You have a ticket: Dallas, January 23–24")
    assert [each.filename for each in mail.attachments] == ["7K3M-2QXD-2.png"]
    for body in (mail.text, mail.html):
        assert ROBIN.link in body
        assert "Robin Hale" in body
        for unsaid in (ORDER.customer.first_name, ORDER.customer.last_name, ORDER.customer.email, "958.40", "success"):
            assert unsaid not in body


@pytest.mark.parametrize(
    ("told", "to", "link"),
    [(transferred(ORDER, ROBIN), ORDER.customer.email, True), (transferred(ORDER, SAM, ROBIN), ROBIN.email, False)],
    ids=["the buyer", "a holder"],
)
async def test_whoever_had_it_hears_who_has_it(told: OrderTicketsTransferred, to: str, link: bool) -> None:
    (facts,) = left_facts(ORDER, told)
    assert (facts.email, bool(facts.link)) == (to, link)
    mail = await mail_of(TICKET_LEFT, facts)
    (now,) = told.holders
    for body in (mail.text, mail.html):
        assert f"belongs to {now.first_name} {now.last_name} ({now.email}) now." in body
        assert now.link not in body


async def test_a_refund_ends_it_for_its_holder() -> None:
    back = refunded(ORDER).model_copy(update={"holders": (ROBIN,), "refunded_seats": (1, 2)})
    (facts,) = ended_facts(ORDER, back)
    assert ended_facts(ORDER, back.model_copy(update={"refunded_seats": (1,)})) == []
    assert (facts.email, facts.link, facts.order.tickets) == (ROBIN.email, "", ())
    assert "lets nobody in any more" in (await mail_of(TICKET_ENDED, facts)).text


async def test_the_buyer_is_sent_no_code_that_is_somebody_elses() -> None:
    again = asked_again(ORDER, MOVED_CODE).model_copy(update={"holders": (ROBIN,)})
    assert [each.seat for each in ConfirmationFacts(order=ORDER).reissued(again).order.tickets] == [1]
    assert [each.order.tickets[0].seat for each in given_facts(ORDER, again, again.tickets)] == [2]
