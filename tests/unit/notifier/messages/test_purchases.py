"""The e-mail with the link to somebody's purchases."""

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
from notifier.messages.domain import Installation
from notifier.messages.purchases import PURCHASES, PurchasesComposer, PurchasesFacts
from notifier.texts.templates import shipped_templates
from tests.unit.notifier.messages.test_texts import claimed

BRAND = config.load(Path("deploy/config")).brand
LINK = "https://tickets.example.com/find-my-purchase?token=sample-link-token"


@pytest.mark.asyncio
@pytest.mark.proves("N-1", "W-1")
async def test_it_has_the_link_and_says_until_when_it_is_good() -> None:
    here = Installation(brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("America/Chicago"))
    composer = PurchasesComposer(templates=shipped_templates(), installation=here)
    facts = PurchasesFacts(
        customer_id=UUID(int=1), email="jo@example.com", first_name="<Jo>", link=LINK, ends_at=NOW + timedelta(hours=1)
    )
    asked = claimed(PURCHASES, facts, Channel.EMAIL)
    mail = await composer.compose(asked)
    assert isinstance(mail, EmailMessage)
    assert LINK in mail.text
    assert LINK in mail.html
    assert composer.marker(asked.delivery, asked.content) in mail.text
    for body in (mail.text, mail.html):
        assert "until 7:00 AM CST" in body
        assert "If it wasn’t you who asked for it, do nothing." in body
    assert "&lt;Jo&gt;" in mail.html
