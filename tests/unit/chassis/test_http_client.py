from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web

from chassis.http_client import VendorClient, VendorResponse, VendorTimeout, VendorUnavailable
from chassis.metrics import Metric, metrics
from chassis.telemetry import continue_trace

pytestmark = pytest.mark.asyncio


async def echo(request: web.Request) -> web.Response:
    seen = {name: request.headers.get(name, "") for name in ("traceparent", "X-Own", "Content-Type")}
    return web.json_response({"body": (await request.read()).decode(), **seen})


async def limited(_request: web.Request) -> web.Response:
    return web.Response(status=429, headers={"Retry-After": "7"})


async def hang(_request: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def away(_request: web.Request) -> web.Response:
    raise web.HTTPFound("http://169.254.169.254/")


async def flood(_request: web.Request) -> web.Response:
    return web.Response(body=b"x" * (4 * 1024 * 1024 + 1))


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    app = web.Application()
    for handler in (echo, limited, hang, cut, away, flood):
        app.router.add_route("*", f"/{handler.__name__}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_answer_comes_back_and_vendors_see_no_trace(address: str) -> None:
    labels = {"vendor": "stripe", "operation": "sessions.create", "outcome": "200"}
    before = metrics.value(Metric.VENDOR_REQUESTS, **labels)
    async with VendorClient("stripe", f"{address}/", headers={"X-Own": "1"}) as client:
        with continue_trace(f"00-{'a' * 32}-{'b' * 16}-01"):
            response = await client.request("POST", "/echo", operation="sessions.create", body=b"a=1")
    assert response.ok
    assert response.json()["body"] == "a=1"
    assert response.json()["X-Own"] == "1"
    assert response.json()["traceparent"] == ""
    assert metrics.value(Metric.VENDOR_REQUESTS, **labels) == before + 1


async def test_our_own_services_continue_the_trace(address: str) -> None:
    async with VendorClient("inventory", address, internal=True) as client:
        with continue_trace(f"00-{'a' * 32}-{'b' * 16}-01"):
            response = await client.request("POST", "/echo", operation="holds.create")
    assert response.json()["traceparent"].startswith(f"00-{'a' * 32}-")


async def test_refusals_and_redirects_are_answers(address: str) -> None:
    async with VendorClient("twilio", address) as client:
        response = await client.request("GET", "/limited", operation="x")
        redirected = await client.request("GET", "/away", operation="x")
    assert (response.status, response.can_pass, response.retry_after()) == (429, True, timedelta(seconds=7))
    assert redirected.status == 302


async def test_time_running_out_after_sending_is_ambiguous(address: str) -> None:
    async with VendorClient("stripe", address, timeout=timedelta(milliseconds=100)) as client:
        with pytest.raises(VendorTimeout) as failed:
            await client.request("POST", "/hang", operation="x")
    assert failed.value.ambiguous


async def test_a_connection_cut_after_sending_is_ambiguous(address: str) -> None:
    async with VendorClient("stripe", address) as client:
        with pytest.raises(VendorUnavailable) as failed:
            await client.request("POST", "/cut", operation="x")
    assert failed.value.ambiguous


async def test_a_connection_that_was_never_made_is_not_ambiguous() -> None:
    async with VendorClient("stripe", "http://127.0.0.1:1") as client:
        with pytest.raises(VendorUnavailable) as failed:
            await client.request("POST", "/x", operation="x")
    assert not failed.value.ambiguous


async def test_answers_are_bounded(address: str) -> None:
    async with VendorClient("stripe", address) as client:
        with pytest.raises(VendorUnavailable):
            await client.request("GET", "/flood", operation="x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("120", 120), ("Sat, 21 Nov 2026 12:00:30 GMT", 30), ("Sat, 21 Nov 2026 11:00:00 GMT", 0), ("soon", None)],
)
async def test_retry_after_is_seconds_or_a_date(value: str, expected: int | None) -> None:
    response = VendorResponse(503, {"retry-after": value}, b"", 0.1)
    waited = response.retry_after(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    assert waited == (None if expected is None else timedelta(seconds=expected))
