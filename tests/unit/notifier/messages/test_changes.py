"""What those read who must agree to a change of an order (C-6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import config
from chassis.clock import TEST_EPOCH as NOW
from events import Channel
from notifier.channels.email import EmailMessage
from notifier.messages.changes import ChangeComposer, ChangeFacts
from notifier.messages.domain import Installation
from notifier.texts.templates import shipped_templates
from tests.unit.notifier.messages.test_texts import claimed

BRAND = config.load(Path("deploy/config")).brand
LINK = "https://tickets.example.com/change/link?token=sample-link-token"


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "C-6")
@pytest.mark.parametrize(
    ("step", "new_email", "says"),
    [
        ("agree", "robin@example.com", "and for its tickets to go to robin@example.com. Nothing changes before"),
        ("agree", "JO@example.com", "Robin <Hale>. Nothing changes before you agree."),
        ("confirm", "jo@example.com", "The tickets of order 7K3M-2QXD are to come here from now on."),
    ],
)
async def test_it_says_what_is_wanted_and_until_when(step: str, new_email: str, says: str) -> None:
    here = Installation(brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("America/Chicago"))
    composer = ChangeComposer(templates=shipped_templates(), installation=here)
    facts = ChangeFacts(
        order_id=UUID(int=1),
        number="7K3M2QXD",
        step=step,
        email="jo@example.com",
        first_name="Jo",
        new_name="Robin <Hale>",
        new_email=new_email,
        link=LINK,
        ends_at=NOW + timedelta(days=1),
    )
    asked = claimed(facts.kind, facts, Channel.EMAIL)
    mail = await composer.compose(asked)
    assert isinstance(mail, EmailMessage)
    assert composer.marker(asked.delivery, asked.content) in mail.text
    assert LINK in mail.html
    assert says in mail.text
    for body in (mail.text, mail.html):
        assert "CST" in body
        assert "do nothing" in body
