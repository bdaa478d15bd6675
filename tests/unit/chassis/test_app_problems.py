"""What an app answers to what is wrong, in the form of C-13."""

from __future__ import annotations

import io
import json

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from chassis.app import create_app
from chassis.errors import Condition
from tests.unit.chassis.asgi import call
from tests.unit.chassis.sample_app import JSON, ORDER, router
from tests.unit.chassis.samples import sample_settings

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("C-13")
async def test_condition_is_a_problem_document(app: FastAPI) -> None:
    answer = await call(app, "GET", "/api/orders/gone")
    assert answer.status == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "3"
    document = answer.json
    assert document.pop("traceId") == answer.headers["x-request-id"]
    assert document == {
        "type": "urn:fullhouse:problem:sample_sold_out",
        "title": "No seats left",
        "status": 409,
        "detail": "Not enough seats are left.",
        "code": "sample_sold_out",
        "instance": "/api/orders/gone",
        "available": {"ga": 1, "vip": 0},
    }


@pytest.mark.proves("C-13")
async def test_wrong_input_names_its_fields(app: FastAPI) -> None:
    body = json.dumps({"quantity": "two", "customer": {"email": "", "x": 1}}).encode()
    answer = await call(app, "POST", "/api/orders", headers=JSON, body=body)
    assert (answer.status, answer.json["code"]) == (422, "invalid_request")
    assert answer.json["fields"] == {
        "quantity": "Write a whole number.",
        "customer.email": "Write 3 characters at least.",
        "customer.x": "There is no such field.",
    }


@pytest.mark.proves("X-4")
@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        (JSON, b"{", 400, "malformed_json"),
        (JSON, b"\xff\xfe{}", 400, "malformed_json"),
        ({"Content-Type": "text/plain"}, ORDER, 415, "unsupported_media_type"),
        ({}, ORDER, 415, "unsupported_media_type"),
        (JSON, b"", 422, "invalid_request"),
        (JSON, b"[]", 422, "invalid_request"),
        (JSON, b"x" * (64 * 1024 + 1), 413, "body_too_large"),
        ({**JSON, "Content-Length": "999999"}, b"", 413, "body_too_large"),
    ],
)
async def test_bodies_that_are_refused(
    app: FastAPI, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = await call(app, "POST", "/api/orders", headers=headers, body=body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.proves("X-4")
async def test_limit_holds_while_streaming_and_is_wider_for_webhooks(app: FastAPI) -> None:
    chunks = [b"x" * 1024] * 65
    assert (await call(app, "POST", "/api/orders", headers=JSON, body=chunks)).status == 413
    assert (await call(app, "POST", "/api/webhooks/stripe", headers=JSON, body=chunks)).json == {"bytes": 65 * 1024}
    assert (await call(app, "POST", "/api/webhooks/stripe", headers=JSON, body=chunks * 8)).status == 413
    assert (await call(app, "POST", "/api/webhooks/stripe", body=b"{}")).status == 415


async def test_unknown_addresses_and_methods(app: FastAPI) -> None:
    unknown = await call(app, "GET", "/api/nothing")
    assert (unknown.status, unknown.json["code"]) == (404, "not_found")
    for method in ("GET", "HEAD"):
        answer = await call(app, method, "/api/webhooks/stripe")
        assert answer.status == 405
        assert answer.headers["allow"] == "POST"
    assert (await call(app, "POST", "/api/stream")).headers["allow"] == "GET, HEAD"


async def test_failure_tells_the_caller_nothing_but_the_trace(app: FastAPI, lines: io.StringIO) -> None:
    answer = await call(app, "GET", "/api/orders/broken")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert answer.json["traceId"] == answer.headers["x-request-id"]
    assert b"secret" not in answer.body
    failed = next(line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "request_failed")
    assert failed["trace_id"] == answer.json["traceId"]
    assert "RuntimeError" in failed["traceback"]
    assert "sk_test_abcdef" not in lines.getvalue()
    assert "jane@" not in lines.getvalue()


async def test_outage_asks_to_come_back(app: FastAPI, lines: io.StringIO) -> None:
    answer = await call(app, "GET", "/api/orders/outage")
    assert (answer.status, answer.json["code"]) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert b"10.0.0.7" not in answer.body
    assert "request_unavailable" in lines.getvalue()


async def test_pages_may_have_their_own_face() -> None:
    async def face(_request: Request, condition: Condition) -> Response:
        return HTMLResponse(f"<h1>{condition.code}</h1>", status_code=condition.status)

    app = create_app(service="checkout", settings=sample_settings(), routers=[router], error_page=face)
    browser = {"Accept": "text/html,*/*"}
    assert (await call(app, "GET", "/page", headers=browser)).body == b"<h1>not_found</h1>"
    assert (await call(app, "GET", "/nowhere", headers=browser)).body == b"<h1>not_found</h1>"
    assert (await call(app, "GET", "/page")).json["code"] == "not_found"
    assert (await call(app, "GET", "/api/nowhere", headers=browser)).json["code"] == "not_found"
