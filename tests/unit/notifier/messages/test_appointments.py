"""What the customer of an appointment reads of its money."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events import AppointmentDetails, Channel
from notifier.channels.email import EmailMessage
from notifier.messages.appointments import (
    APPOINTMENT_PAID,
    APPOINTMENT_REFUND,
    AppointmentComposer,
    AppointmentFacts,
)
from notifier.messages.domain import Installation
from tests.unit.notifier.messages.test_texts import BRAND, TEMPLATES, claimed

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("N-1", "P-11")]

HERE = Installation(brand=lambda: BRAND, public_url="https://tickets.example.com", zone=ZoneInfo("America/Chicago"))
COMPOSER = AppointmentComposer(templates=TEMPLATES, installation=HERE)
LINK = "https://tickets.example.com/appointments/12?token=sample-link-token"


def appointment(*, language: str = "es", **changes: Any) -> AppointmentFacts:
    customer = AppointmentDetails(
        email="jo@example.com",
        provider_name="Robin <Hale>",
        starts=datetime(2026, 12, 2, 15, tzinfo=UTC),
        link=LINK,
        language=language,
    )
    paid_at = datetime(2026, 11, 21, 17, tzinfo=UTC)
    told = {"appointment_id": 12, "processor": "paypal", "amount": 25_000, "currency": "USD", "at": paid_at}
    return AppointmentFacts(customer=customer, **told | changes)


async def mail(kind: str, **changes: Any) -> EmailMessage:
    asked = claimed(kind, appointment(language="en", **changes), Channel.EMAIL)
    made = await COMPOSER.compose(asked)
    assert isinstance(made, EmailMessage)
    assert COMPOSER.marker(asked.delivery, asked.content) in made.text
    return made


async def test_the_receipt_says_with_whom_how_much_when_through_whom_and_where_to_ask() -> None:
    made = await mail(APPOINTMENT_PAID)
    assert made.subject == "Receipt: Appointment with Robin <Hale>"
    for body in (made.text, made.html):
        assert "You paid $250.00 on November 21, 2026, through PayPal." in body
        assert "Wed, Dec 2, 9:00 AM CST" in body
        assert LINK in body
        assert "name appointment 12." in body
    assert "Robin &lt;Hale&gt;" in made.html


@pytest.mark.parametrize("surplus", [False, True])
async def test_money_that_went_back_is_told_with_its_amount_and_why_where_it_had_come_for_nothing(
    surplus: bool,
) -> None:
    made = await mail(APPOINTMENT_REFUND, amount=5_000, surplus=surplus)
    assert made.subject == "Refund: Appointment with Robin <Hale>"
    for body in (made.text, made.html):
        assert "$50.00 went back through PayPal" in body
        assert ("paid or cancelled already" in body) == surplus
