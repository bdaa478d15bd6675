"""Test messages by hand (N-10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from chassis.phones import parse_phone
from chassis.tokens import Role, require
from config import Config
from notifier.channels.provider import Provider
from notifier.messages.trial import Trial, try_email, try_sms
from notifier.texts.templates import Templates

router = APIRouter(tags=["notifications"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TestBench:
    """What the tests are sent with. `config` is asked each time: it may be reloaded."""

    sms: Provider
    email: Provider
    templates: Templates
    config: Callable[[], Config]
    first_number: str


_Number = Annotated[str, AfterValidator(parse_phone)]
_Address = Annotated[str, StringConstraints(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z]{2,}$", max_length=254)]


class SmsTestIn(BaseModel):
    """`test` only says what this is; `to` without a value is the first configured recipient."""

    test: bool = True
    to: _Number | None = None


class EmailTestIn(BaseModel):
    test: bool = True
    to: _Address | None = None


class TestOut(BaseModel):
    """`response_time` in milliseconds."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    success: bool
    message_id: str | None = None
    status: str
    error: str | None = None
    code: str | None = None
    response_time: int = Field(description="milliseconds")


@router.post("/api/sms/test", dependencies=[Depends(require(Role.ADMIN))], response_model_exclude_none=True)
async def test_sms(request: Request, body: SmsTestIn) -> TestOut:
    bench: TestBench = request.app.state.test_bench
    to = body.to or bench.first_number
    return _out(await try_sms(bench.sms, bench.templates, bench.config().brand, to=to))


@router.post("/api/email/test", dependencies=[Depends(require(Role.ADMIN))], response_model_exclude_none=True)
async def test_email(request: Request, body: EmailTestIn) -> TestOut:
    bench: TestBench = request.app.state.test_bench
    to = body.to or bench.config().contacts.alert_address
    return _out(await try_email(bench.email, bench.templates, bench.config().brand, to=to))


def _out(trial: Trial) -> TestOut:
    return TestOut(
        success=trial.success,
        message_id=trial.message_id,
        status=trial.status,
        error=trial.error,
        code=trial.code,
        response_time=trial.response_ms,
    )
