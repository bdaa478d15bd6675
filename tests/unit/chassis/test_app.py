"""What each app does by itself: headers, traces, logs, readiness, its OpenAPI document."""

from __future__ import annotations

import io
import json

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.app import create_app
from chassis.telemetry import configure_tracing, stop_tracing
from tests.unit.chassis.asgi import call
from tests.unit.chassis.sample_app import JSON, ORDER, router
from tests.unit.chassis.samples import sample_settings

pytestmark = pytest.mark.asyncio


async def test_good_request_passes_with_security_headers_and_trace_id(app: FastAPI) -> None:
    answer = await call(app, "POST", "/api/orders", headers=JSON, body=ORDER)
    assert (answer.status, answer.json) == (200, {"quantity": 2})
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 32


async def test_trace_of_the_caller_is_continued(app: FastAPI) -> None:
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    answer = await call(app, "GET", "/api/orders/x", headers={"traceparent": parent})
    assert answer.headers["x-request-id"] == "ab" * 16


async def test_request_is_a_span_named_for_its_route(app: FastAPI) -> None:
    exporter = InMemorySpanExporter()
    configure_tracing("checkout", exporters=[exporter])
    try:
        await call(app, "GET", "/api/orders/x")
    finally:
        stop_tracing()
    assert [span.name for span in exporter.get_finished_spans()] == ["GET /api/orders/{order_id}"]


async def test_every_method_that_an_address_answers_is_allowed(app: FastAPI) -> None:
    assert (await call(app, "DELETE", "/api/both/x")).headers["allow"] == "GET, HEAD, POST"


async def test_head_answers_like_get_without_a_body(app: FastAPI) -> None:
    got = await call(app, "GET", "/api/orders/x")
    head = await call(app, "HEAD", "/api/orders/x")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_head_of_an_endless_stream_ends(app: FastAPI) -> None:
    answer = await call(app, "HEAD", "/api/stream")
    assert (answer.status, answer.body) == (200, b"")


async def test_request_log_has_the_fields_and_hides_what_it_must(app: FastAPI, lines: io.StringIO) -> None:
    headers = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "Browser/1"}
    await call(app, "GET", "/api/orders/x", headers=headers, query="token=abc&limit=5&email=jane@example.com")
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert line["event"] == "request_metrics"
    assert line["level"] == "info"
    assert {"path", "method", "statusCode", "duration", "query", "userAgent", "ip", "timestamp"} <= set(line)
    assert line["ip"] == "203.0.113.0"
    assert "abc" not in line["query"]
    assert "jane" not in line["query"]
    assert "limit=5" in line["query"]


@pytest.mark.proves("A-8", "A-12")
async def test_slow_requests_are_told_apart(app: FastAPI, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.observe.SLOW_SECONDS", 0.0)
    await call(app, "GET", "/api/orders/x")
    slow, seen = map(json.loads, reversed(lines.getvalue().splitlines()))
    assert (seen["event"], slow["event"], slow["level"]) == ("request_metrics", "slow_request", "warn")
    assert slow["duration"] == seen["duration"]


async def test_readiness_runs_the_checks(lines: io.StringIO) -> None:
    async def good() -> None:
        return None

    async def bad() -> None:
        raise ConnectionError("password wrong for 10.0.0.7")

    checks = {"database": good}
    app = create_app(service="checkout", settings=sample_settings(), checks=checks)
    assert (await call(app, "GET", "/livez")).json == {"status": "ok", "service": "checkout"}
    assert (await call(app, "GET", "/readyz")).json["checks"] == {"database": "ok"}
    checks["kafka"] = bad
    answer = await call(app, "GET", "/readyz")
    assert (answer.status, answer.json["checks"]) == (503, {"database": "ok", "kafka": "failed"})
    assert b"10.0.0.7" not in answer.body


async def test_forms_may_lead_where_the_service_says() -> None:
    app = create_app(service="checkout", settings=sample_settings(), form_targets=["https://checkout.stripe.com"])
    answer = await call(app, "GET", "/livez")
    assert "form-action 'self' https://checkout.stripe.com" in answer.headers["content-security-policy"]


@pytest.mark.proves("C-13")
async def test_openapi_lists_every_code(app: FastAPI) -> None:
    document = (await call(app, "GET", "/api/checkout/openapi.json")).json
    rows = {row["code"]: row for row in document["x-error-codes"]}
    assert rows["sample_sold_out"] == {
        "code": "sample_sold_out",
        "status": 409,
        "title": "No seats left",
        "meaning": "Not enough seats are left.",
        "remedy": "Take fewer.",
    }
    assert {"invalid_request", "token_missing", "role_missing", "body_too_large"} <= set(rows)
    operation = document["paths"]["/api/orders"]["post"]
    assert "422" not in operation["responses"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]


@pytest.mark.proves("C-12", "C-13")
async def test_openapi_says_who_may_call_and_nothing_of_calls_between_services(app: FastAPI) -> None:
    document = (await call(app, "GET", "/api/checkout/openapi.json")).json
    assert [path for path in document["paths"] if path.startswith("/internal")] == []
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["paths"]["/api/admin/orders"]["post"]["security"] == [{"token": []}]
    assert "security" not in document["paths"]["/api/orders"]["post"]


@pytest.mark.parametrize("written", ["https://www.example.com", "https://www.example.com/", "HTTPS://WWW.Example.com"])
async def test_cors_only_when_configured(app: FastAPI, written: str) -> None:
    origin = {"Origin": "https://www.example.com"}
    assert "access-control-allow-origin" not in (await call(app, "GET", "/api/orders/x", headers=origin)).headers
    open_app = create_app(service="checkout", settings=sample_settings(CORS_ORIGINS=written), routers=[router])
    answer = await call(open_app, "GET", "/api/orders/x", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://www.example.com"
