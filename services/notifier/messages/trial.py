"""Sends real messages that say that they are a test (N-10)."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.ids import uuid7
from config import Brand
from notifier.channels import gsm7
from notifier.channels.domain import Accepted, Lost, Refused
from notifier.channels.email import EmailMessage
from notifier.channels.provider import Provider
from notifier.channels.sms import SmsMessage
from notifier.texts.templates import BrandWords, Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the provider made of a test.

    success: it took the message
    message_id: what it calls the message
    status: its own word; failed, or unknown when no response came
    error: a sentence for people
    code: its own code, or ours
    response_ms: how long it took to respond
    """

    success: bool
    message_id: str | None
    status: str
    error: str | None
    code: str | None
    response_ms: int


async def try_sms(provider: Provider, templates: Templates, brand: Brand, *, to: str) -> Trial:
    """`to` in E.164. Sent once, past queue and breaker: it is there to find out whether they are right."""
    text = gsm7.sendable(templates.sms("test", brand=BrandWords.of(brand)))
    message = SmsMessage(delivery_id=uuid7(), to=to, text=text, segments=gsm7.segments(text))
    return _trial(await provider.send(message))


async def try_email(provider: Provider, templates: Templates, brand: Brand, *, to: str) -> Trial:
    """As `try_sms`."""
    values: dict[str, object] = {
        "brand": BrandWords.of(brand),
        "headline": "This is a test.",
        "title": f"Test from {brand.name}",
        "preview": "Nothing was sold, and there is nothing to do.",
    }
    message = EmailMessage(
        delivery_id=uuid7(),
        to=to,
        to_name="",
        subject=f"Test from {brand.name}",
        text=templates.text("test", **values),
        html=templates.html("test", **values),
    )
    return _trial(await provider.send(message))


def _trial(outcome: Accepted | Refused | Lost) -> Trial:
    if isinstance(outcome, Accepted):
        return Trial(
            success=True,
            message_id=outcome.provider_id,
            status=outcome.status,
            error=None,
            code=None,
            response_ms=outcome.response_ms,
        )
    code = outcome.code if isinstance(outcome, Refused) else "no_answer"
    status = "failed" if isinstance(outcome, Refused) else "unknown"
    return Trial(
        success=False,
        message_id=None,
        status=status,
        error=outcome.reason,
        code=code,
        response_ms=outcome.response_ms,
    )
