"""Signing in over HTTP, on a real database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from chassis.audit import Actor
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.http.guards import SESSION_COOKIE
from chassis.tokens import Role, TokenVerifier
from eventbus import Outbox
from eventbus.outgoing.facts import Facts
from events import Event, SecuritySignInFailed
from monitor.accounts.access import Access
from monitor.accounts.cookies import REFRESH_COOKIE
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import SIGN_IN, Client, environ, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-12")]

PASSWORD = "correct horse battery"
# Checking a password costs what its hash says; what a real one costs is tested elsewhere.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PAT = {"email": "Pat@example.com", "password": PASSWORD}
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FOREIGN = {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What the service tells without an outbox; to be asked for before `monitor`."""
    facts: list[Event] = []
    monkeypatch.setattr(Facts, "tell", lambda _, event: facts.append(event))
    return facts


@pytest_asyncio.fixture
async def monitor(make_database: MakeDatabase) -> AsyncIterator[Client]:
    url = make_database("monitor")
    database, clock = await Database.connect(url, application="test", pool_size=1), SystemClock()
    async with database.transaction() as tx:
        outbox, sam = Outbox(source="monitor", clock=clock, wake=lambda: None), Actor(name="sam@example.com")
        access = Access(outbox, clock=clock, actor=sam)
        await access.add(tx, "pat@example.com", password_hash=CHEAP.hash(PASSWORD), role=Role.OPERATOR)
    await database.close()
    async with running(environ(url)) as client:
        yield client


async def test_a_password_is_exchanged_for_a_token_that_all_services_check(monitor: Client) -> None:
    answer = await monitor.post("/api/auth/login", json=PAT)
    tokens = answer.json
    principal = TokenVerifier(SIGN_IN.public_keys()).verify(tokens["token"])
    assert answer.status == 200
    assert (principal.email, principal.role) == ("pat@example.com", Role.OPERATOR)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_password_and_an_unknown_email_get_one_answer(monitor: Client) -> None:
    wrong = await monitor.post("/api/auth/login", json={**PAT, "password": "wrong"})
    unknown = await monitor.post("/api/auth/login", json={**PAT, "email": "nobody@example.com"})
    for answer in (wrong, unknown):
        assert (answer.status, answer.json["code"]) == (401, "sign_in_refused")
    assert wrong.json["detail"] == unknown.json["detail"]


@pytest.mark.proves("X-5")
async def test_ten_wrong_passwords_close_the_door_even_for_the_right_one(monitor: Client) -> None:
    for _ in range(10):
        wrong = await monitor.post("/api/auth/login", json={**PAT, "password": "wrong"}, headers=ELSEWHERE)
        assert wrong.status == 401
    right = await monitor.post("/api/auth/login", json=PAT, headers=ELSEWHERE)
    assert (right.status, right.json["code"], right.headers["retry-after"]) == (429, "rate_limited", "300")
    other = await monitor.post("/api/auth/login", json={**PAT, "email": "ann@example.com"}, headers=ELSEWHERE)
    assert other.status == 401


@pytest.mark.proves("X-5")
async def test_strangers_can_not_keep_an_email_out(monitor: Client) -> None:
    for guess in range(12):
        stranger = {"X-Forwarded-For": f"198.51.100.{guess}"}
        wrong = await monitor.post("/api/auth/login", json={**PAT, "password": "wrong"}, headers=stranger)
        assert wrong.status == 401
    assert (await monitor.post("/api/auth/login", json=PAT, headers=ELSEWHERE)).status == 200


@pytest.mark.proves("X-5")
async def test_of_many_tries_at_once_ten_are_looked_at(monitor: Client) -> None:
    wrong = {**PAT, "password": "wrong"}
    tries = [monitor.post("/api/auth/login", json=wrong, headers=ELSEWHERE) for _ in range(40)]
    statuses = Counter(answer.status for answer in await asyncio.gather(*tries))
    assert statuses == {401: 10, 429: 30}


@pytest.mark.proves("X-5")
async def test_a_flood_of_wrong_passwords_is_told_once_in_a_while(told: list[Event], monitor: Client) -> None:
    for _ in range(30):
        await monitor.post("/api/auth/login", json={**PAT, "password": "wrong"}, headers=ELSEWHERE)
    facts = [event for event in told if isinstance(event, SecuritySignInFailed)]
    assert {event.code for event in facts} == {"wrong", "limited"}
    assert len(facts) <= 10, "one a kind, and one more each 10 s"


async def test_a_right_password_takes_back_the_count(monitor: Client) -> None:
    for _ in range(2):
        for _ in range(6):
            await monitor.post("/api/auth/login", json={**PAT, "password": "wrong"})
        assert (await monitor.post("/api/auth/login", json=PAT)).status == 200


async def test_a_refresh_token_is_good_once(monitor: Client) -> None:
    first = (await monitor.post("/api/auth/login", json=PAT)).json
    second = await monitor.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
    again = await monitor.post("/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
    third = await monitor.post("/api/auth/refresh", json={"refreshToken": second.json["refreshToken"]})
    assert (second.status, third.status) == (200, 200)
    assert (again.status, again.json["code"]) == (401, "session_ended")


async def test_a_refresh_token_of_long_ago_ends_its_session(monitor: Client) -> None:
    tokens = [(await monitor.post("/api/auth/login", json=PAT)).json["refreshToken"]]
    for _ in range(3):
        renewed = await monitor.post("/api/auth/refresh", json={"refreshToken": tokens[-1]})
        tokens.append(renewed.json["refreshToken"])
    for shown in (tokens[0], tokens[-1]):
        answer = await monitor.post("/api/auth/refresh", json={"refreshToken": shown})
        assert (answer.status, answer.json["code"]) == (401, "session_ended")


@pytest.mark.proves("W-2")
async def test_a_browsers_session_is_renewed_without_a_token_for_scripts(monitor: Client) -> None:
    await monitor.post("/login", data=PAT, headers=SAME_ORIGIN)
    renewed = await monitor.post("/api/auth/refresh", headers=SAME_ORIGIN)
    assert (renewed.status, renewed.json["email"]) == (200, "pat@example.com")
    assert not {"token", "refreshToken"} & renewed.json.keys()
    assert {cookie.partition("=")[0] for cookie in renewed.set_cookies} == {SESSION_COOKIE, REFRESH_COOKIE}


async def test_a_session_that_was_left_can_not_be_renewed(monitor: Client) -> None:
    tokens = (await monitor.post("/api/auth/login", json=PAT)).json
    await monitor.post("/api/auth/logout", json={"refreshToken": tokens["refreshToken"]})
    renewed = await monitor.post("/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert renewed.status == 401


@pytest.mark.proves("W-2")
async def test_the_page_signs_in_with_cookies_and_leads_back(monitor: Client) -> None:
    shown = await monitor.get("/login?next=/alerts")
    form = {**PAT, "next": "/alerts"}
    entered = await monitor.post("/login", data=form, headers=SAME_ORIGIN)
    assert shown.status == 200
    assert 'value="/alerts"' in shown.text
    assert (entered.status, entered.headers["location"]) == (303, "/alerts")
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in entered.set_cookies)
    assert monitor.cookies == {SESSION_COOKIE, REFRESH_COOKIE}
    assert (await monitor.get("/api/health")).json["metrics"]


@pytest.mark.proves("W-2")
async def test_the_page_refuses_what_no_database_keeps(monitor: Client) -> None:
    assert (await monitor.post("/login", data={**PAT, "email": "a\0b"}, headers=SAME_ORIGIN)).status == 422


@pytest.mark.proves("W-2")
async def test_an_expired_session_is_renewed_on_the_way_through_the_page(monitor: Client) -> None:
    await monitor.post("/login", data=PAT, headers=SAME_ORIGIN)
    monitor.forget(SESSION_COOKIE)
    back = await monitor.get("/login?next=/status")
    assert (back.status, back.headers["location"]) == (303, "/status")
    assert SESSION_COOKIE in monitor.cookies


@pytest.mark.proves("W-2")
async def test_a_foreign_page_can_neither_sign_in_nor_out(monitor: Client) -> None:
    entered = await monitor.post("/login", data=PAT, headers=FOREIGN)
    bare = await monitor.post("/login", data=PAT)
    await monitor.post("/login", data=PAT, headers=SAME_ORIGIN)
    left = await monitor.post("/login/leave", headers=FOREIGN)
    renewed = await monitor.post("/api/auth/refresh", headers=FOREIGN)
    assert [answer.status for answer in (entered, bare, left, renewed)] == [403, 403, 403, 403]
    assert SESSION_COOKIE in monitor.cookies


@pytest.mark.proves("W-2")
async def test_a_wrong_password_on_the_page_keeps_the_email_and_says_so(monitor: Client) -> None:
    shown = await monitor.post(
        "/login", data={"email": 'a"><script>@example.com', "password": "x", "next": "//evil"}, headers=SAME_ORIGIN
    )
    assert shown.status == 401
    assert "Email or password is wrong" in shown.text
    assert "<script>" not in shown.text
    assert "evil" not in shown.text


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({"email": "a\x00@b.com", "password": "x"}, 422), ({**PAT, "role": "admin"}, 422)]
)
async def test_hostile_input_is_refused_with_words(monitor: Client, body: dict[str, str], status: int) -> None:
    answer = await monitor.post("/api/auth/login", json=body)
    assert (answer.status, answer.json["code"]) == (status, "invalid_request")
