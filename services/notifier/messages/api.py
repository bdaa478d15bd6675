"""Sends test messages by hand (N-10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis import audit
from chassis.app import Out
from chassis.audit import Actor
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.phones import PhoneNumber
from chassis.tokens import Role
from config import Config
from notifier.channels.provider import Provider
from notifier.messages.domain import Action
from notifier.messages.trial import Trial, try_email, try_sms
from notifier.texts.templates import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialDeps:
    """What test messages are sent with.

    sms, email: the providers
    templates: renders the texts
    config: the configuration of now
    first_number: where a test SMS goes that names no number
    database: the notifier's own, which has the audit
    """

    sms: Provider
    email: Provider
    templates: Templates
    config: Callable[[], Config]
    first_number: str
    database: Database


Deps = Annotated[TrialDeps, provided(TrialDeps)]


class SmsTestIn(BaseModel):
    """A test SMS."""

    test: bool = Field(True, description="only says what this is")
    to: PhoneNumber | None = Field(None, description="a number; left out, the first of SMS_TARGET_NUMBERS")


class EmailTestIn(BaseModel):
    """A test e-mail."""

    test: bool = Field(True, description="only says what this is")
    to: EmailAddress | None = Field(None, description="an address; left out, the alert address of contacts.yaml")


class TestOut(Out):
    """What the provider made of a test message."""

    success: bool = Field(description="the provider took it")
    message_id: str | None = Field(None, description="what the provider calls it")
    status: str = Field(description="the provider's word; failed, or unknown when no response came")
    error: str | None = Field(None, description="a sentence for people")
    code: str | None = Field(None, description="the provider's own code, or ours")
    response_time: int = Field(description="milliseconds")


router = APIRouter(tags=["notifications"])


@router.post("/api/sms/test", response_model_exclude_none=True, summary="Send a test SMS")
async def test_sms(body: SmsTestIn, deps: Deps, actor: Annotated[Actor, deed(Action.SMS_TRIED, Role.ADMIN)]) -> TestOut:
    to = body.to or deps.first_number
    await _record(deps, Action.SMS_TRIED, actor, to)
    return _out(await try_sms(deps.sms, deps.templates, deps.config().brand, to=to))


@router.post("/api/email/test", response_model_exclude_none=True, summary="Send a test e-mail")
async def test_email(
    body: EmailTestIn, deps: Deps, actor: Annotated[Actor, deed(Action.EMAIL_TRIED, Role.ADMIN)]
) -> TestOut:
    to = body.to or deps.config().contacts.alert_address
    await _record(deps, Action.EMAIL_TRIED, actor, to)
    return _out(await try_email(deps.email, deps.templates, deps.config().brand, to=to))


async def _record(deps: TrialDeps, action: Action, actor: Actor, to: str) -> None:
    """Before it is sent: nothing leaves that nobody has written down."""
    async with deps.database.transaction() as tx:
        await audit.record(tx, action, actor=actor, after={"to": to})


def _out(trial: Trial) -> TestOut:
    return TestOut(
        success=trial.success,
        message_id=trial.message_id,
        status=trial.status,
        error=trial.error,
        code=trial.code,
        response_time=trial.response_ms,
    )
