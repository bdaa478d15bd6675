"""Whom an app lets in, and who may read its figures."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from chassis.app import create_app
from chassis.metrics import Metric, metrics
from chassis.tokens import Role, ServiceTokens
from tests.unit.chassis.asgi import call
from tests.unit.chassis.sample_app import JSON, ORDER, bearer
from tests.unit.chassis.samples import sample_settings

pytestmark = pytest.mark.asyncio


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
