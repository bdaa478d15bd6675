"""Connections follow what processors say: connected, refreshed in time by one process, expired, in error (P-2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic import SecretStr

from chassis.audit import Actor
from checkout.connections import look_store, store
from checkout.connections.errors import ConnectionBusy, PermissionNotGiven, PermissionUnknown, UnknownConnection
from checkout.connections.jobs import jobs
from checkout.connections.sealed import ConnectionChange
from checkout.connections.subscribing import Subscribing
from checkout.connections.webhook_door import ConnectionDoor
from checkout.routing.candidates import candidates_of
from checkout.webhooks.service import WebhookInbox
from events import ConnectionStatus
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.connected import ACTOR, PROVIDERS, Shop, open_shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-2")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(postgres: str) -> AsyncIterator[Shop]:
    with fresh_databases(postgres) as make_database:
        async with open_shop(make_database("checkout")) as opened:
            yield opened


async def test_pasted_credentials_connect_when_the_processor_knows_them(shop: Shop) -> None:
    good, bad = await shop.connect(shop.corner.open_account("USD")), await shop.connect("nobodys-token")
    for each in await shop.looks.claim(100):
        await shop.looks.look(each)
    connected, refused = await shop.read(good), await shop.read(bad)
    assert (connected.status, connected.account_name, connected.healthy) == ("connected", "Elm Street Barbers", True)
    assert await shop.told(good) == [("pending", "new_credentials"), ("connected", "validated")]
    assert (refused.status, refused.healthy) == ("error", False)
    assert refused.last_error is not None
    assert "nobodys-token" not in refused.last_error
    assert await shop.told(bad) == [("pending", "new_credentials"), ("error", "credentials_refused")]

    change = ConnectionChange(credentials={"access_token": SecretStr(shop.corner.open_account("USD"))})
    async with shop.database.transaction() as tx:
        after = await shop.connections.change(tx, bad.connection_id, change, scope=None, actor=ACTOR)
    assert (after.status, after.last_error) == ("pending", None)
    assert (await shop.look(bad)).status == "connected"


async def test_a_processor_that_is_away_decides_nothing(shop: Shop) -> None:
    made = await shop.connect(shop.corner.open_account("USD"))
    shop.corner.faults["/me"] = ("error", None)
    silent = await shop.look(made)
    assert (silent.status, silent.failures) == ("pending", 1)
    assert await shop.looks.claim(100) == [], "not again at once"
    shop.corner.faults.clear()
    shop.clock.ahead += timedelta(seconds=31)
    again = await shop.look(made)
    assert (again.status, again.failures, again.last_error) == ("connected", 0, None)


@pytest.mark.proves("P-3")
async def test_a_processor_that_keeps_failing_opens_the_breaker_and_an_answer_closes_it(shop: Shop) -> None:
    made = await shop.look(await shop.connect(shop.corner.open_account("USD")))

    async def seen() -> tuple[str | None, bool]:
        (candidate,) = await candidates_of(shop.database, made.provider_id, now=shop.clock.now())
        return candidate.issue, candidate.on_trial

    shop.corner.faults["/me"] = ("error", None)
    shop.clock.ahead += timedelta(hours=1)
    for pause in (31, 61, 0):
        assert await seen() == (None, False)
        await shop.look(made)
        shop.clock.ahead += timedelta(seconds=pause)
    assert await seen() == ("breaker_open", False)
    shop.clock.ahead += timedelta(seconds=31)
    assert await seen() == (None, True)
    shop.corner.faults.clear()
    shop.clock.ahead += timedelta(minutes=2)
    await shop.look(made)
    assert await seen() == (None, False)


async def test_a_person_asks_and_nobody_else_at_the_same_time(shop: Shop) -> None:
    made = await shop.connect(shop.corner.open_account("USD"))
    validated = await shop.looks.validate(made.connection_id, scope=made.provider_id, actor=ACTOR)
    assert validated.status == "connected"
    with pytest.raises(UnknownConnection):
        await shop.looks.validate(made.connection_id, scope=made.provider_id + 1, actor=ACTOR)
    async with shop.database.transaction() as tx:
        await shop.connections.reset(tx, made.connection_id, scope=None, actor=ACTOR)
    claimed = await asyncio.gather(*(shop.looks.claim(100) for _ in range(4)))
    assert [each.connection_id for found in claimed for each in found] == [made.connection_id], "one process has it"
    with pytest.raises(ConnectionBusy):
        await shop.looks.validate(made.connection_id, scope=None, actor=ACTOR)
    shop.clock.ahead += timedelta(minutes=3)
    assert (await shop.look(made)).status == "connected", "another takes over from a process that died"


async def test_credentials_are_refreshed_before_they_expire(shop: Shop) -> None:
    made = await shop.permitted()
    assert made.status == "connected"
    first = await shop.credentials(made)
    shop.clock.ahead += timedelta(minutes=29)
    await shop.look(made)
    assert await shop.credentials(made) == first, "not before half of their life"
    shop.clock.ahead += timedelta(minutes=2)
    await shop.look(made)
    second = await shop.credentials(made)
    assert second.access_token != first.access_token
    assert second.expires_at is not None
    assert first.expires_at is not None
    assert second.expires_at > first.expires_at - timedelta(minutes=1)
    assert await shop.told(made) == [("pending", "new_credentials"), ("connected", "validated")], "no other status"


async def test_what_the_processor_takes_no_longer_is_refreshed_once(shop: Shop) -> None:
    made = await shop.permitted()
    del shop.corner.tokens[(await shop.credentials(made)).access_token.get_secret_value()]
    assert (await shop.looks.validate(made.connection_id, scope=None, actor=ACTOR)).status == "connected"


async def test_a_failed_refresh_ends_the_connection_and_is_told(shop: Shop) -> None:
    made = await shop.permitted()
    shop.corner.refresh.clear()
    shop.clock.ahead += timedelta(minutes=31)
    ended = await shop.look(made)
    assert (ended.status, ended.healthy) == ("expired", False)
    assert (await shop.told(made))[-1] == ("expired", "refresh_failed")
    shop.clock.ahead += timedelta(days=1)
    assert made.connection_id not in [each.connection_id for each in await shop.looks.claim(100)], (
        "it waits for a person"
    )


async def test_a_processor_that_is_away_until_the_credentials_end_ends_the_connection(shop: Shop) -> None:
    made = await shop.permitted()
    shop.corner.faults["/token"] = ("error", None)
    shop.clock.ahead += timedelta(minutes=31)
    assert (await shop.look(made)).status == "connected", "they are still good"
    shop.clock.ahead += timedelta(minutes=61)
    assert (await shop.look(made)).status == "expired"
    shop.corner.faults.clear()


async def test_a_look_says_nothing_of_secrets_that_are_others_meanwhile(shop: Shop) -> None:
    made = await shop.connect(shop.corner.open_account("USD"))
    (seen,) = [each for each in await shop.looks.claim(100) if each.connection_id == made.connection_id]
    change = ConnectionChange(credentials={"access_token": SecretStr("nobodys-token")})
    async with shop.database.transaction() as tx:
        await shop.connections.change(tx, made.connection_id, change, scope=None, actor=ACTOR)
    await shop.looks.look(seen)
    assert (await shop.read(made)).status is ConnectionStatus.PENDING
    assert (await shop.look(made)).status is ConnectionStatus.ERROR, "the new ones are asked about"
    async with shop.database.transaction() as tx:
        await shop.connections.revoke(tx, made.connection_id, scope=None, useless=False, actor=ACTOR)
    await shop.looks.look(seen)
    assert await store.get(shop.database, made.connection_id) is None


async def test_an_owner_who_permits_it_at_the_processor_is_connected(shop: Shop) -> None:
    shop.clock.ahead, provider = timedelta(0), next(PROVIDERS)
    state, code = await shop.ask(provider)
    made = await shop.permissions.take(state, code, actor=ACTOR)
    assert (made.provider_id, made.status, made.account_name) == (provider, "connected", "Elm Street Barbers")
    assert (await shop.credentials(made)).refresh_token is not None
    assert state not in str(await shop.database.fetch("SELECT t::text FROM connection_permissions AS t"))

    shop.corner.refresh.clear()
    shop.clock.ahead += timedelta(minutes=31)
    assert (await shop.look(made)).status == "expired"
    shop.clock.ahead = timedelta(0)
    again = await shop.permissions.take(*await shop.ask(provider), actor=ACTOR)
    assert (again.connection_id, again.status) == (made.connection_id, "connected"), "the same one, as good as new"
    assert [status for status, _ in await shop.told(made)] == [
        "pending", "connected", "expired", "pending", "connected"
    ]  # fmt: skip


async def test_an_answer_counts_once_in_time_and_from_who_was_sent(shop: Shop) -> None:
    shop.clock.ahead = timedelta(0)
    state, code = await shop.ask(next(PROVIDERS))
    for wrong, by in ((state, Actor(name="eve@example.com")), ("nonsense", ACTOR), ("", ACTOR)):
        with pytest.raises(PermissionUnknown):
            await shop.permissions.take(wrong, code, actor=by)
    assert (await shop.permissions.take(state, code, actor=ACTOR)).status == "connected"
    with pytest.raises(PermissionUnknown):
        await shop.permissions.take(state, code, actor=ACTOR)
    declined, _ = await shop.ask(next(PROVIDERS))
    with pytest.raises(PermissionNotGiven):
        await shop.permissions.take(declined, "", actor=ACTOR)
    forged, _ = await shop.ask(next(PROVIDERS))
    with pytest.raises(PermissionNotGiven):
        await shop.permissions.take(forged, "code-of-nobody", actor=ACTOR)
    late, code = await shop.ask(next(PROVIDERS))
    shop.clock.ahead += timedelta(minutes=16)
    with pytest.raises(PermissionUnknown):
        await shop.permissions.take(late, code, actor=ACTOR)


async def test_credentials_that_are_given_back_are_useless(shop: Shop) -> None:
    made = await shop.permitted()
    with pytest.raises(UnknownConnection):
        await shop.looks.give_back(made.connection_id, scope=made.provider_id + 1)
    token = (await shop.credentials(made)).access_token.get_secret_value()
    assert token in shop.corner.tokens
    shop.corner.faults["/revoke"] = ("error", None)
    assert await shop.looks.give_back(made.connection_id, scope=None) is False
    assert token in shop.corner.tokens, "a processor that is away keeps nobody from ending it here"
    shop.corner.faults.clear()
    assert await shop.looks.give_back(made.connection_id, scope=None) is True
    assert token not in shop.corner.tokens


async def test_what_was_pasted_is_useless_once_its_owner_has_ended_it(shop: Shop) -> None:
    token = shop.corner.open_account("USD")
    made = await shop.connect(token)
    assert await shop.looks.give_back(made.connection_id, scope=None) is False
    del shop.corner.tokens[token]
    assert await shop.looks.give_back(made.connection_id, scope=None) is True


@asynccontextmanager
async def listening(shop: Shop, port: int) -> AsyncIterator[set[str]]:
    """Where the processor reaches us; the set names connections whose webhooks get lost on the way."""
    door = ConnectionDoor(
        shop.connections,
        database=shop.database,
        processors={"corner": shop.processor},
        live_mode=False,
        clock=shop.clock,
    )
    inbox, lost = WebhookInbox(shop.database, clock=shop.clock, wake=lambda: None), set[str]()

    async def take(request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if number not in lost:
            headers = {name.lower(): value for name, value in request.headers.items()}
            await inbox.add(await door.accept("corner", int(number), await request.read(), headers))
        return web.Response()

    app = web.Application()
    app.router.add_post("/api/v1/webhooks/corner/{number}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield lost
    finally:
        await runner.cleanup()


async def test_a_connections_webhooks_are_registered_and_tried_out(postgres: str) -> None:
    port = free_port()
    with fresh_databases(postgres) as make_database:
        async with (
            open_shop(make_database("checkout"), public_url=f"http://127.0.0.1:{port}") as shop,
            listening(shop, port) as lost,
        ):
            subscribing = Subscribing(
                shop.connections, database=shop.database, processors={"corner": shop.processor}, clock=shop.clock
            )
            made = await shop.connect(shop.corner.open_account("USD"))

            async def check(*, repair: bool = True) -> tuple[bool, bool | None, str | None]:
                found = await subscribing.check(made.connection_id, repair=repair, scope=made.provider_id, actor=ACTOR)
                return found.registered, found.verified, found.problem

            assert await check() == (False, False, "The connection's credentials were not validated yet.")
            await shop.look(made)
            assert await check(repair=False) == (
                False, False, "The connection's webhooks are not registered at its processor."
            )  # fmt: skip
            assert await check() == (True, True, None)
            first = await shop.read(made)
            assert (first.webhook_url, first.has_webhook_secret, first.status) == (
                f"http://127.0.0.1:{port}/api/v1/webhooks/corner/{made.connection_id}", True, "connected"
            )  # fmt: skip
            assert await check(repair=False) == (True, True, None)

            lost.add(str(made.connection_id))
            registered, verified, problem = await check(repair=False)
            assert (registered, verified) == (True, False)
            assert problem is not None
            assert "nothing came in" in problem
            lost.clear()
            shop.corner.faults["/hooks"] = ("error", None)
            assert (await check())[:2] == (True, False), "what was registered before still is"
            shop.corner.faults.clear()
            assert await check() == (True, True, None), "with the new secret that the processor has given"
            with pytest.raises(UnknownConnection):
                await subscribing.check(made.connection_id, repair=True, scope=made.provider_id + 1, actor=ACTOR)
            await shop.looks.give_back(made.connection_id, scope=None)
            assert shop.corner.hooks == {}, "nothing is sent to a connection that is over"


async def test_a_job_has_all_of_them_looked_at(shop: Shop) -> None:
    """One that waits for a person, as does one whose credentials have ended, goes on waiting."""
    connected, ended = await shop.permitted(), await shop.permitted()
    async with shop.database.transaction() as tx:
        await look_store.plan(tx, ended.connection_id, None)
    woken = asyncio.Event()
    [job] = jobs(shop.database, shop.clock, wake=woken.set)
    await job.begun(shop.clock.now())
    claimed = {each.connection_id for each in await shop.looks.claim(100)}
    assert connected.connection_id in claimed
    assert ended.connection_id not in claimed
    assert woken.is_set()
