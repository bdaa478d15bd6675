"""Answers and bodies: camelCase, times in UTC with `Z`, unknown fields refused, refusals declared in OpenAPI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from chassis.app import Body, Out, Page, conditions, create_app
from chassis.errors import Condition, NotFound
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import sample_settings

BERLIN = datetime(2026, 11, 21, 13, 0, tzinfo=timezone(timedelta(hours=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    pass_id: str
    ended_at: datetime | None


class PassOut(Out):
    pass_id: str
    ended_at: datetime | None = None


class PassBody(Body):
    pass_id: str


class PassGone(Condition):
    status = 409
    code = "pass_gone"
    title = "The pass is gone"
    meaning = "Somebody has used it."
    remedy = "Take another."


class PassLocked(Condition):
    status = 409
    code = "pass_locked"
    title = "The pass is locked"
    meaning = "Somebody is using it."
    remedy = "Try again."


def an_app() -> FastAPI:
    app = create_app(service="test", settings=sample_settings())

    @app.get("/api/passes", responses=conditions(PassLocked, NotFound, PassGone))
    async def passes() -> Page[PassOut]:
        return Page(data=[PassOut.model_validate(Pass(pass_id="p1", ended_at=BERLIN))], next_cursor=None)

    return app


@pytest.mark.asyncio
async def test_an_answer_is_in_camel_case_with_times_in_utc() -> None:
    answer = await call(an_app(), "GET", "/api/passes")
    assert answer.json == {"data": [{"passId": "p1", "endedAt": "2026-11-21T12:00:00Z"}], "nextCursor": None}


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        PassOut(pass_id="p1", ended_at=BERLIN.replace(tzinfo=None))
    assert PassOut(pass_id="p1", ended_at=BERLIN).ended_at == BERLIN.astimezone(UTC)


def test_a_body_with_an_unknown_field_is_refused() -> None:
    assert PassBody.model_validate({"passId": "p1"}).pass_id == "p1"
    with pytest.raises(ValidationError):
        PassBody.model_validate({"passId": "p1", "colour": "red"})


def test_the_document_says_which_conditions_a_route_answers() -> None:
    document = an_app().openapi()
    responses = document["paths"]["/api/passes"]["get"]["responses"]
    assert set(responses) == {"200", "404", "409", "default"}
    said = responses["409"]["description"]
    assert said == "- `pass_gone`: Somebody has used it.\n- `pass_locked`: Somebody is using it."
    assert responses["404"]["content"] == responses["default"]["content"]
    assert "nextCursor" in json.dumps(document["components"]["schemas"])
