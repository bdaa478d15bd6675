"""Buyers are written to in the language that their order, or their place in line, remembers."""

from __future__ import annotations

import ast
import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment

import config
from chassis.clock import TEST_EPOCH as NOW
from chassis.clock import ManualClock
from events import Channel, OrderPaid, OrderState
from languages.templating import add_texts
from notifier.channels.email import EmailMessage
from notifier.deliveries.composing import Composer
from notifier.messages import letters, waiting
from notifier.messages.appointments import APPOINTMENT_KINDS, APPOINTMENT_REFUND, AppointmentComposer
from notifier.messages.changes import CHANGE_AGREE, CHANGE_CONFIRM, ChangeComposer, ChangeFacts
from notifier.messages.composer import MessageComposer
from notifier.messages.domain import WITH_TICKETS, ConfirmationFacts, Installation
from notifier.messages.language import InBuyersLanguage, remembered
from notifier.messages.letters import LetterComposer, PaymentFailedFacts, RefundFacts, SecondChargeFacts
from notifier.messages.passes import PASS_GRANTED, PassComposer, PassFacts
from notifier.messages.purchases import PURCHASES, PurchasesComposer, PurchasesFacts
from notifier.messages.waiting import WaitingComposer, WaitingFacts
from notifier.texts import templates
from tests.fixtures.bare_texts import in_module, in_template
from tests.integration.notifier.facts import failed, granted, handed_over, paid, refunded
from tests.unit.notifier.messages.test_appointments import appointment
from tests.unit.notifier.messages.test_texts import BRAND, HERE, TEMPLATES, claimed, stock_view

pytestmark = pytest.mark.proves("N-1", "N-12", "W-4")

FOLDER: Final = Path(templates.__file__).parent / "templates"
# Owners and people on call, who share the language of the code, and trial messages.
FOR_STAFF: Final = {"alert", "alert.sms", "sale.sms", "test", "test.sms"}
BUYERS: Final = sorted(path for path in FOLDER.iterdir() if path.stem not in FOR_STAFF)
MODULES: Final = [
    Path(letters.__file__).parent / f"{name}.py"
    for name in ("appointments", "changes", "domain", "letters", "openings", "passes", "purchases", "waiting")
]
ABOUT: Final = Installation(
    brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("America/Chicago")
)
ALL: Final[dict[str, Any]] = {"templates": TEMPLATES, "installation": ABOUT}
LINK: Final = "https://tickets.example.com/here"
ENGLISH: Final = re.compile(r"\b(?:the|your|you|was|and|with|seats?|order|tickets?|until|of)\b", re.IGNORECASE)


def order(language: str = "es", **changes: Any) -> OrderPaid:
    made = paid(HERE, number="7K3M2QXD", **changes)
    return made.model_copy(update={"customer": made.customer.model_copy(update={"language": language})})


def tickets(**changes: Any) -> ConfirmationFacts:
    return ConfirmationFacts(order=order(), **changes)


def waits(language: str = "es") -> WaitingFacts:
    return WaitingFacts(
        entry_id=UUID(int=1),
        city_id=HERE,
        quantity=2,
        email="jo@example.com",
        first_name="Jo",
        token="t" * 24,
        offered_until=NOW + timedelta(minutes=30),
        language=language,
    )


def change(step: str) -> ChangeFacts:
    return ChangeFacts(
        order_id=UUID(int=1),
        number="7K3M2QXD",
        step=step,
        email="jo@example.com",
        first_name="Jo",
        new_name="Robin Hale",
        new_email="robin@example.com",
        link=LINK,
        ends_at=NOW,
        language="es",
    )


def a_pass() -> PassFacts:
    made = granted(name="Diez clases")
    return PassFacts.of(made.model_copy(update={"customer": order().customer}))


ORDERS: Final = MessageComposer(stock_view=stock_view(), clock=ManualClock(), **ALL)
LETTERS: Final = LetterComposer(stock_view=stock_view(), **ALL)
WAITING: Final = WaitingComposer(stock_view=stock_view(), clock=ManualClock(NOW), **ALL)
PURCHASED: Final = PurchasesFacts(
    customer_id=UUID(int=1), email="jo@example.com", first_name="Jo", link=LINK, ends_at=NOW, language="es"
)
PART: Final = refunded(order(), state=OrderState.PARTIALLY_REFUNDED, refunded_seats=(1,))
MAILS: Final[list[tuple[str, Composer, Any]]] = [
    *((kind, ORDERS, tickets()) for kind in WITH_TICKETS),
    ("seat_found", ORDERS, tickets(oversold=True, owed=1)),
    (letters.PAYMENT_FAILED, LETTERS, PaymentFailedFacts(order=failed(order()))),
    (letters.REFUND, LETTERS, RefundFacts(order=refunded(order()))),
    (letters.REFUND, LETTERS, RefundFacts(order=PART, oversold=True)),
    (letters.REFUND, LETTERS, RefundFacts(order=refunded(order(amount=0)))),
    (letters.SECOND_CHARGE, LETTERS, SecondChargeFacts(order=order(), amount=100)),
    (letters.ADDRESS_LEFT, LETTERS, letters.AddressLeftFacts(order=handed_over(order(), order().customer))),
    *((kind, WAITING, waits()) for kind in waiting.WAITING),
    (PASS_GRANTED, PassComposer(**ALL), a_pass()),
    *((kind, AppointmentComposer(**ALL), appointment()) for kind in APPOINTMENT_KINDS),
    (APPOINTMENT_REFUND, AppointmentComposer(**ALL), appointment(surplus=True)),
    (PURCHASES, PurchasesComposer(**ALL), PURCHASED),
    (CHANGE_AGREE, ChangeComposer(**ALL), change("agree")),
    (CHANGE_CONFIRM, ChangeComposer(**ALL), change("confirm")),
]


async def mail(kind: str, composer: Composer, facts: Any) -> EmailMessage:
    made = await InBuyersLanguage(composer).compose(claimed(kind, facts, Channel.EMAIL))
    assert isinstance(made, EmailMessage)
    return made


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "composer", "facts"), MAILS, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_every_mail_to_a_buyer_speaks_spanish(kind: str, composer: Composer, facts: Any) -> None:
    made = await mail(kind, composer, facts)
    said = re.sub(r"https://\S+|Park behind the hall\.", "", f"{made.subject}\n{made.text}")
    assert ENGLISH.findall(said) == []
    assert 'lang="es-US"' in made.html
    links = re.findall(r"https://tickets\.example\.com[^\s\"<,]*", html.unescape(made.text + made.html))
    assert links
    assert [link for link in links if not link.rstrip(".").endswith("lang=es")] == []
    assert not re.search(r"%\(\w+\)s|\{[{%]", made.text + made.html)


@pytest.mark.asyncio
async def test_the_confirmation_in_spanish() -> None:
    made = await mail("confirmation", ORDERS, tickets())
    assert made.subject == "Tus 2 lugares en Dallas, 23–24 de enero"
    assert "Las puertas abren a las 8:15 a.m. el sábado, 23 de enero, en Foundry Hall." in made.text
    assert "Lugar 1 de 2: Jordan Ellis" in made.text
    calendar = next(each for each in made.attachments if each.content_type == "text/calendar")
    assert "pedido 7K3M-2QXD" in calendar.content.decode().replace("\r\n ", "")


@pytest.mark.asyncio
async def test_whoever_speaks_english_or_a_language_that_is_gone_reads_english() -> None:
    for language in ("en", "tlh"):
        made = await mail(waiting.WAITLIST_JOINED, WAITING, waits(language))
        assert made.subject == "You are in line for 2 seats in Dallas, January 23–24"


def test_facts_from_before_languages_were_kept_are_english() -> None:
    assert remembered({"order": {"customer": {"firstName": "Jo"}}}) == "en"
    assert remembered({"cityId": HERE}) == "en"


@pytest.mark.parametrize("path", BUYERS, ids=lambda path: path.name)
def test_no_text_stands_bare_in_a_mail(path: Path) -> None:
    environment = Environment(autoescape=True)
    add_texts(environment)
    source = re.sub(r"<mj-style>.*?</mj-style>|%CONTENT%", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert in_template(environment.parse(source)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_sentence_stands_bare_behind_a_mail(path: Path) -> None:
    assert [text for text in in_module(ast.parse(path.read_text(encoding="utf-8"))) if " " in text] == []


def test_the_brand_names_a_language_that_is_shipped() -> None:
    values = config.load(Path("deploy/config")).brand.model_dump()
    with pytest.raises(ValueError, match="shipped are en, "):
        config.Brand.model_validate(values | {"language": "tlh"})
