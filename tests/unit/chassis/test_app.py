from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel, ConfigDict, Field

from chassis.app import create_app, require_content_type
from chassis.clock import ManualClock
from chassis.errors import Condition, NotFound, Unavailable
from chassis.http.guards import internal, require
from chassis.metrics import Metric, metrics
from chassis.telemetry import configure_logging, configure_tracing, stop_tracing
from chassis.tokens import Principal, Role, ServiceTokens, TokenSigner
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import AUTH_KEY, sample_settings

pytestmark = pytest.mark.asyncio


class SoldOutSample(Condition):
    status = 409
    code = "sample_sold_out"
    title = "No seats left"
    meaning = "Not enough seats are left."
    remedy = "Take fewer."


class Customer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str = Field(min_length=3)


class Order(BaseModel):
    quantity: int
    customer: Customer


router = APIRouter()


@router.post("/api/orders")
async def make_order(order: Order) -> dict[str, int]:
    return {"quantity": order.quantity}


@router.get("/api/orders/{order_id}")
async def read_order(order_id: str) -> dict[str, str]:
    if order_id == "gone":
        raise SoldOutSample(extra={"available": {"ga": 1, "vip": 0}}, headers={"Retry-After": "3"})
    if order_id == "outage":
        raise Unavailable("no route to 10.0.0.7")
    if order_id == "broken":
        raise RuntimeError("secret sk_test_abcdef of jane@example.com")
    return {"orderId": order_id}


@router.post("/api/admin/orders")
async def admin_order(order: Order, principal: Annotated[Principal, Depends(require(Role.OPERATOR))]) -> dict[str, Any]:
    return {"by": principal.email, "quantity": order.quantity}


@router.get("/api/both/{name}")
@router.post("/api/both/{name}")
async def both(name: str) -> dict[str, str]:
    return {"name": name}


@router.post("/internal/holds")
async def hold(caller: Annotated[str, Depends(internal("checkout"))]) -> dict[str, str]:
    return {"caller": caller}


@router.post("/api/webhooks/stripe")
async def webhook(request: Request) -> dict[str, int]:
    require_content_type(request, "application/json")
    return {"bytes": len(await request.body())}


@router.get("/api/stream")
async def stream() -> StreamingResponse:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"data: x\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(forever(), media_type="text/event-stream")


@router.get("/page")
async def page() -> HTMLResponse:
    raise NotFound


@pytest.fixture
def app() -> FastAPI:
    return create_app(service="checkout", settings=sample_settings(), routers=[router])


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream)
    yield stream
    configure_logging("checkout", stream=io.StringIO())


JSON = {"Content-Type": "application/json"}
ORDER = json.dumps({"quantity": 2, "customer": {"email": "jane@example.com"}}).encode()


def bearer(role: Role, *, clock: ManualClock | None = None) -> dict[str, str]:
    token = TokenSigner(AUTH_KEY, clock=clock).issue("u1", email="ops@example.com", role=role)
    return {"Authorization": f"Bearer {token}"}


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


@pytest.mark.proves("C-12")
@pytest.mark.parametrize("body", [ORDER, b"{", b"{}", b"x" * 70_000])
async def test_token_is_judged_before_anything_else(app: FastAPI, body: bytes) -> None:
    missing = await call(app, "POST", "/api/admin/orders", headers=JSON, body=body)
    assert (missing.status, missing.json["code"]) == (401, "token_missing")
    assert "fullhouse token" in missing.json["detail"]
    wrong = await call(app, "POST", "/api/admin/orders", headers={**JSON, **bearer(Role.VIEWER)}, body=body)
    assert (wrong.status, wrong.json["code"]) == (403, "role_missing")


@pytest.mark.proves("C-12")
async def test_role_that_is_enough_passes(app: FastAPI) -> None:
    for role in (Role.OPERATOR, Role.ADMIN):
        answer = await call(app, "POST", "/api/admin/orders", headers={**JSON, **bearer(role)}, body=ORDER)
        assert answer.json == {"by": "ops@example.com", "quantity": 2}


async def test_cookie_counts_only_from_our_own_pages(app: FastAPI) -> None:
    token = bearer(Role.ADMIN)["Authorization"].removeprefix("Bearer ")
    cookie = {**JSON, "Cookie": f"fullhouse_session={token}"}
    good = [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://testserver"}]
    bad = [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example.com"},
    ]
    for extra in good:
        assert (await call(app, "POST", "/api/admin/orders", headers={**cookie, **extra}, body=ORDER)).status == 200
    for extra in bad:
        answer = await call(app, "POST", "/api/admin/orders", headers={**cookie, **extra}, body=ORDER)
        assert (answer.status, answer.json["code"]) == (403, "cross_origin")


async def test_internal_addresses_take_service_tokens_only(app: FastAPI) -> None:
    tokens: ServiceTokens = app.state.service_tokens
    good = {"Authorization": f"Bearer {tokens.issue('monitor', 'checkout')}"}
    other = {"Authorization": f"Bearer {tokens.issue('monitor', 'inventory')}"}
    assert (await call(app, "POST", "/internal/holds", headers=good)).json == {"caller": "monitor"}
    for headers in ({}, other, bearer(Role.ADMIN)):
        answer = await call(app, "POST", "/internal/holds", headers=headers)
        assert (answer.status, answer.json["code"]) == (401, "service_token_invalid")


@pytest.mark.proves("M-4")
async def test_metrics_are_counted_by_route_and_not_public(app: FastAPI) -> None:
    labels = {"method": "GET", "route": "/api/orders/{order_id}", "status": "200"}
    before = metrics.value(Metric.HTTP_REQUESTS, **labels)
    await call(app, "GET", "/api/orders/1")
    await call(app, "GET", "/api/orders/2")
    assert metrics.value(Metric.HTTP_REQUESTS, **labels) == before + 2
    assert (await call(app, "GET", "/api/metrics")).json["code"] == "scrape_refused"
    assert (await call(app, "GET", "/api/metrics", headers={"Authorization": "Bearer no"})).status == 403
    scraped = await call(app, "GET", "/api/metrics", headers={"Authorization": "Bearer scrape-me"})
    assert b'http_requests_total{method="GET",route="/api/orders/{order_id}",status="200"}' in scraped.body
    assert b"process_uptime_seconds" in scraped.body
    assert b"process_resident_memory_bytes" in scraped.body


async def test_scrape_by_network_looks_behind_the_gateway() -> None:
    app = create_app(service="checkout", settings=sample_settings(METRICS_ALLOWED_NETWORKS="127.0.0.0/8,10.0.0.0/8"))
    assert (await call(app, "GET", "/api/metrics")).status == 200
    assert (await call(app, "GET", "/api/metrics", client="10.1.2.3")).status == 200
    assert (await call(app, "GET", "/api/metrics", client="203.0.113.9")).status == 403
    for address, status in (("10.9.9.9", 200), ("203.0.113.9", 403)):
        assert (await call(app, "GET", "/api/metrics", headers={"X-Forwarded-For": address})).status == status


async def test_a_gateway_elsewhere_is_believed_where_it_is_named() -> None:
    networks = {"METRICS_ALLOWED_NETWORKS": "10.0.0.0/8", "GATEWAY_NETWORKS": "10.244.0.0/16"}
    app = create_app(service="checkout", settings=sample_settings(**networks))
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert (await call(app, "GET", "/api/metrics", client="10.244.0.5", headers=headers)).status == 403
    assert (await call(app, "GET", "/api/metrics", client="10.1.2.3", headers=headers)).status == 200


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


async def test_pages_may_have_their_own_face() -> None:
    async def face(_request: Request, condition: Condition) -> Response:
        return HTMLResponse(f"<h1>{condition.code}</h1>", status_code=condition.status)

    app = create_app(service="checkout", settings=sample_settings(), routers=[router], error_page=face)
    browser = {"Accept": "text/html,*/*"}
    assert (await call(app, "GET", "/page", headers=browser)).body == b"<h1>not_found</h1>"
    assert (await call(app, "GET", "/nowhere", headers=browser)).body == b"<h1>not_found</h1>"
    assert (await call(app, "GET", "/page")).json["code"] == "not_found"
    assert (await call(app, "GET", "/api/nowhere", headers=browser)).json["code"] == "not_found"


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
