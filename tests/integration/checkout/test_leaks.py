"""No secret of a provider's connection leaves it: not into lines, traces, answers, events or the database (P-2).

The vendor of these tests is the worst one: whatever it is asked, it says again in its error, with every header.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from aiohttp import web
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from chassis.telemetry import configure_logging
from chassis.telemetry.tracing import configure_tracing
from chassis.tokens import Role
from checkout.connections import store
from checkout.connections.api import ConnectionDeps
from checkout.connections.domain import ConnectionCause
from checkout.connections.sealed import ConnectionSecrets
from checkout.processors.accounts import Credentials
from checkout.transactions.sync_api import SyncDeps
from tests.fixtures.leaks import leaks, rows_of_all
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.integration.audit.house import House, open_house
from tests.unit.chassis.asgi import Answer

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-2", "E-10")]

PATH: Final = "/api/v1/external-payments/connections"
PROVIDER: Final = 5
FIELDS: Final = {
    "square": ("access_token",),
    "stripe": ("secret_key",),
    "paypal": ("client_id", "client_secret"),
}
TOKENS: Final = ("/oauth2/token", "/oauth/token", "/tokenservice")
DISPUTE: Final = "dispute-1"
NOTHING: Final = {"object": "list", "data": [], "has_more": False}
_PAYMENT: Final = """
INSERT INTO external_transactions (connection_id, provider_id, processor, payment_id, state, amount, refunded, currency,
    commission, created_at, changed_at, seen_at, known_by, version)
VALUES ($1, $2, $3, 'payment-1', 'completed', 5000, 0, 'USD', 0, now(), now(), now(), 'sync', 1)
RETURNING transaction_id
"""
_DISPUTE: Final = "INSERT INTO external_disputes VALUES ($1, $2, 'open', 'fraud', 5000, 5000, 0, now(), now())"
_CONNECTED: Final = "UPDATE processor_connections SET status = 'connected' WHERE connection_id = $1"
_FAILED: Final = "SELECT last_error FROM transaction_syncs WHERE connection_id = $1 AND failures > 0"


@dataclass(slots=True)
class Canaries:
    """Secrets that look like none, so that nothing but care keeps them back."""

    drawn: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def draw(self) -> str:
        self.drawn.append(f"quite~plain/words+{next(self.numbers):03d}and.more")
        return self.drawn[-1]


@dataclass(slots=True)
class Parrot:
    """A vendor. `permits`: whether it gives tokens, which are secrets as well; all else it refuses with `status`.

    lists: whether it lists payments and disputes, of which there are none, and refuses what is asked about one
    refreshed: how often it has given tokens for what they are refreshed with
    """

    canaries: Canaries
    permits: bool = False
    status: int = 401
    asked: int = 0
    lists: bool = False
    refreshed: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.permits and request.path.endswith(TOKENS):
            self.refreshed += "refresh_token" in (await request.text())
            return web.json_response(self._tokens())
        if self.lists and DISPUTE not in request.path:
            return web.json_response(NOTHING)
        authorization = request.headers.get("authorization", "").split()[-1:]
        body = (await request.read()).decode()
        heard = " ".join([*authorization, request.path_qs, *request.headers.values(), body])
        error = {"category": "A", "code": "UNAUTHORIZED", "detail": heard, "message": heard, "type": "x"}
        said = {"errors": [error], "error": error, "name": heard, "message": heard, "details": [{"issue": heard}]}
        return web.json_response({**said, "error_description": heard}, status=self.status)

    def _tokens(self) -> dict[str, Any]:
        pair = {"access_token": self.canaries.draw(), "refresh_token": self.canaries.draw()}
        whose = {"merchant_id": "m-1", "stripe_user_id": "acct_1", "scope": "read_write", "livemode": False}
        return {**pair, **whose, "token_type": "bearer", "expires_at": "2099-01-01T00:00:00Z", "expires_in": 900}


@asynccontextmanager
async def parrot(canaries: Canaries) -> AsyncIterator[tuple[Parrot, int]]:
    found, port, app = Parrot(canaries), free_port(), web.Application()
    app.router.add_route("*", "/{rest:.*}", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield found, port
    finally:
        await runner.cleanup()


@dataclass(slots=True, kw_only=True)
class Provider:
    """Somebody with accounts everywhere, and all that was answered."""

    house: House
    vendor: Parrot
    answers: list[Answer] = field(default_factory=list)

    async def ask(self, method: str, path: str, *, query: str = "", body: Any = None, text: str = "") -> Answer:
        who = {"role": Role.PROVIDER, "provider": str(PROVIDER)}
        answer = await self.house.ask("checkout", method, path, query=query, body=body, text=text, **who)  # type: ignore[arg-type]
        self.answers.append(answer)
        return answer

    def pasted(self, processor: str) -> dict[str, str]:
        return {name: self.vendor.canaries.draw() for name in FIELDS[processor]}

    async def connect(self, processor: str) -> str:
        wish = {"processor": processor, "credentials": self.pasted(processor)}
        made = await self.ask("POST", PATH, body={**wish, "webhook_secret": self.vendor.canaries.draw()})
        assert made.status == 200, made.body
        return f"{PATH}/{made.json['id']}"

    async def use(self, path: str, processor: str) -> None:
        """All that asks its processor, which refuses in two ways."""
        for self.vendor.status in (401, 400):
            assert (await self.ask("POST", f"{path}/validate")).json["status"] in {"error", "expired"}
            await self.ask("POST", f"{path}/webhook", body={"repair": True})
            await self.ask("POST", f"{path}/sync")
            changed = {"credentials": self.pasted(processor), "webhook_secret": self.vendor.canaries.draw()}
            assert (await self.ask("PATCH", path, body=changed)).status == 200
        number = path.rpartition("/")[2]
        await self.ask("POST", f"/api/v1/webhooks/{processor}/{number}", text=self.vendor.canaries.draw())

    async def permit(self, processor: str) -> None:
        """Comes back from the processor's page with a code, which is good for nothing, then for tokens."""
        for self.vendor.permits in (False, True):
            page = (await self.ask("POST", f"{PATH}/authorize", body={"processor": processor})).json
            state = parse_qs(urlsplit(page["url"]).query)["state"][0]
            code = quote(self.vendor.canaries.draw(), safe="")
            await self.ask("GET", "/staff/connections/return", query=f"state={state}&code={code}")
        self.vendor.permits = False

    async def refresh(self, path: str) -> None:
        """An access token is taken no longer: there is another one, which is taken no better, and then none."""
        deps: ConnectionDeps = self.house.apps["checkout"].state.deps[ConnectionDeps]
        access, refresh = (SecretStr(self.vendor.canaries.draw()) for _ in range(2))
        given = Credentials(account_id="m-1", access_token=access, refresh_token=refresh)
        async with deps.database.transaction() as tx:
            known = await store.get(tx, int(path.rpartition("/")[2]))
            assert known is not None
            after = await deps.connections.keep_secrets(tx, known, ConnectionSecrets(pasted={}, credentials=given))
            await deps.connections.save(tx, known, after, cause=ConnectionCause.VALIDATED)
        before, self.vendor.status = self.vendor.refreshed, 401
        for self.vendor.permits in (True, False):
            assert (await self.ask("POST", f"{path}/validate")).json["status"] in {"error", "expired"}
        assert self.vendor.refreshed > before

    async def dispute(self, path: str, processor: str) -> None:
        """A dispute that is open here is asked about when the list is read."""
        database, number = self.house.database("checkout"), int(path.rpartition("/")[2])
        payment = await database.fetchval(_PAYMENT, number, PROVIDER, processor)
        await database.execute(_DISPUTE, payment, DISPUTE)
        await database.execute(_CONNECTED, number)
        self.vendor.lists, self.vendor.status = True, 401
        async with asyncio.timeout(60):
            while await database.fetchval(_FAILED, number) is None:
                await self.ask("POST", f"{path}/sync")
                await asyncio.sleep(0.05)
        self.vendor.lists = False

    async def mistype(self, path: str) -> None:
        """Bodies that are refused for what is in them."""
        draw = self.vendor.canaries.draw
        shapes: tuple[Any, ...] = (
            {"access_token": {"in": draw()}},
            [draw()],
            draw(),
            {"A b": draw()},
            {},
            {"x": draw() * 300},
        )
        for credentials in shapes:
            wrong = {"processor": "square", "credentials": credentials, "webhook_secret": [draw()], "password": draw()}
            assert (await self.ask("POST", PATH, body=wrong)).status == 422
            assert (await self.ask("PATCH", path, body=wrong)).status == 422
        await self.ask("POST", PATH, text=json.dumps({"credentials": {"access_token": draw()}})[:-1])
        await self.ask("POST", PATH, body={"processor": draw(), "credentials": {"access_token": draw()}})


@asynccontextmanager
async def syncing(house: House) -> AsyncIterator[None]:
    """The worker that reads processors' lists, which the routes wake."""
    wake: Any = house.apps["checkout"].state.deps[SyncDeps].wake
    task = asyncio.create_task(wake.__self__.run())
    try:
        yield
    finally:
        wake.__self__.stop()
        await task


async def test_no_secret_is_in_a_line_a_trace_an_answer_an_event_or_a_row(make_database: MakeDatabase) -> None:
    canaries, lines, spans = Canaries(), io.StringIO(), InMemorySpanExporter()
    async with (
        parrot(canaries) as (vendor, port),
        open_house(make_database, services=("checkout",), vendors=port) as house,
        syncing(house),
    ):
        configure_logging("checkout", stream=lines)
        configure_tracing("checkout", exporters=[spans])
        provider = Provider(house=house, vendor=vendor)
        for processor in FIELDS:
            path = await provider.connect(processor)
            await provider.use(path, processor)
            await provider.permit(processor)
            await provider.refresh(path)
            await provider.dispute(path, processor)
            await provider.use(path, processor)
            await provider.mistype(path)
            rows = await rows_of_all(house.database("checkout"))
            assert (await provider.ask("DELETE", path)).json["status"] == "revoked"
            places = {
                "lines": lines.getvalue(),
                "traces": "\n".join(span.to_json() for span in spans.get_finished_spans()),
                "answers": "\n".join(f"{each.headers} {each.body.decode()}" for each in provider.answers),
                "rows": rows,
                "rows afterwards": await rows_of_all(house.database("checkout")),
            }
            assert all(places.values())
            assert leaks(canaries.drawn, places) == set(), processor
    configure_logging("checkout", stream=io.StringIO())
    configure_tracing("checkout")
    assert vendor.asked > 20
    assert len(canaries.drawn) > 60
