"""So many a minute, and by whom it is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from hypothesis import given
from hypothesis import strategies as st

from chassis.app import create_app
from chassis.clock import ManualClock
from chassis.http.guards import require
from chassis.rates import MOST_KEYS, RateLimit
from chassis.refusals import RefusalReports
from chassis.tokens import Principal, Role, TokenSigner
from events import SecurityEvent
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import AUTH_KEY, sample_settings

pytestmark = pytest.mark.proves("X-5")

router = APIRouter()
STRANGER, OTHER = "203.0.113.9", "198.51.100.7"


@router.get("/read")
async def read() -> str:
    return "read"


@router.post("/write")
async def write() -> str:
    return "written"


@router.post("/api/activity")
async def tell() -> str:
    return "told"


@router.post("/api/admin/check-in")
async def check_in(_: Annotated[Principal, Depends(require(Role.OPERATOR))]) -> str:
    return "in"


@router.post("/api/webhooks/stripe")
async def webhook() -> str:
    return "taken"


@pytest.fixture
def told() -> list[SecurityEvent]:
    return []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def app(told: list[SecurityEvent], clock: ManualClock) -> FastAPI:
    made = create_app(service="checkout", settings=sample_settings(), routers=[router], clock=clock)
    made.state.refusals = RefusalReports(service="checkout", send=told.append, clock=clock)
    return made


async def statuses(app: FastAPI, count: int, method: str, path: str, client: str = STRANGER) -> list[int]:
    return [(await call(app, method, path, client=client)).status for _ in range(count)]


@pytest.mark.asyncio
async def test_a_stranger_writes_sixty_times_a_minute_and_others_go_on(
    app: FastAPI, told: list[SecurityEvent], clock: ManualClock
) -> None:
    assert await statuses(app, 60, "POST", "/write") == 60 * [200]
    refused = await call(app, "POST", "/write", client=STRANGER)
    assert (refused.status, refused.json["code"]) == (429, "rate_limited")
    assert await statuses(app, 300, "POST", "/write") == 300 * [429]
    assert [(event.actor, event.what, event.code) for event in told] == [("203.0.113.0", "write", "rate_limited")]
    assert await statuses(app, 1, "POST", "/write", OTHER) == [200]
    assert await statuses(app, 1, "GET", "/read") == [200]
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert await statuses(app, 1, "POST", "/write") == [200]


@pytest.mark.asyncio
@pytest.mark.proves("C-10")
async def test_what_pages_tell_uses_up_nothing_of_what_visitors_may_write(app: FastAPI) -> None:
    assert await statuses(app, 61, "POST", "/api/activity") == [*(60 * [200]), 429]
    assert await statuses(app, 1, "POST", "/write") == [200]


@pytest.mark.asyncio
async def test_a_stranger_reads_six_hundred_times_a_minute(app: FastAPI) -> None:
    assert await statuses(app, 600, "GET", "/read") == 600 * [200]
    assert await statuses(app, 2, "GET", "/read") == 2 * [429]
    assert await statuses(app, 1, "GET", "/nothing/static/x.css") == [404]


@pytest.mark.asyncio
async def test_the_networks_of_one_customer_are_one(app: FastAPI) -> None:
    found = [(await call(app, "POST", "/write", client=f"2001:db8:1:2::{number:x}")).status for number in range(61)]
    assert found[-1] == 429


@pytest.mark.asyncio
async def test_neither_whoever_has_a_token_nor_a_vendor_is_held_up(app: FastAPI, clock: ManualClock) -> None:
    token = TokenSigner(AUTH_KEY, clock=clock).issue("ann", email="ann@example.com", role=Role.OPERATOR)
    headers = {"Authorization": f"Bearer {token}"}
    found = [await call(app, "POST", "/api/admin/check-in", headers=headers, client=STRANGER) for _ in range(200)]
    assert {answer.status for answer in found} == {200}
    assert set(await statuses(app, 200, "POST", "/api/webhooks/stripe")) == {200}


@pytest.mark.asyncio
async def test_in_a_sandbox_this_machine_is_exempt_unless_it_says_otherwise(app: FastAPI) -> None:
    assert set(await statuses(app, 100, "POST", "/write", "127.0.0.1")) == {200}
    headers = {"X-Forwarded-For": STRANGER}
    found = [(await call(app, "POST", "/write", headers=headers)).status for _ in range(61)]
    assert found[-2:] == [200, 429]


@given(st.lists(st.floats(0, 90), min_size=1, max_size=300))
def test_who_waits_as_long_as_told_may_pass(pauses: list[float]) -> None:
    clock = ManualClock()
    limit = RateLimit(7, clock=clock)
    for pause in pauses:
        clock.advance(timedelta(seconds=pause))
        wait = limit.take("a")
        if wait is not None:
            assert timedelta(0) < wait <= timedelta(minutes=2)
            clock.advance(wait + timedelta(milliseconds=1))
            assert limit.take("a") is None


def test_a_flood_from_everywhere_costs_a_bounded_memory() -> None:
    limit = RateLimit(1, clock=ManualClock())
    for number in range(3 * MOST_KEYS):
        limit.take(str(number))
    assert len(limit._counts) <= MOST_KEYS
