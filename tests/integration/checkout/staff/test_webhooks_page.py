"""`/staff/webhooks`: who may look, what is shown, and why something failed or was refused (C-4, W-2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.http.guards import SESSION_COOKIE
from chassis.process import ProcessRole
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role, TokenSigner
from checkout.app import create
from checkout.webhooks import store
from checkout.webhooks.domain import Outcome, RawWebhook, Setback, WebhookState
from tests.fixtures.barriers import OPTIONS, told
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.fixtures.serving import fresh_connections
from tests.integration.checkout.serving import serving
from tests.integration.checkout.world import SERVICE_KEY, SIGN_IN, TICKETS

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-4", "W-2")]

PAGE = "/staff/webhooks"
MISMATCH = Setback(cause="amount_mismatch", error="1.00 USD paid, 1198.00 USD due")
EARLY = Setback(cause="order_unknown", error="no order of ours has the session cs_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Checkout with webhooks in its store, and a browser's cookies."""

    base: str
    database: Database
    http: aiohttp.ClientSession

    async def look(self, path: str = PAGE, *, role: Role | None = Role.VIEWER) -> tuple[int, str, str]:
        """Status, text and where a redirect leads."""
        cookies = {SESSION_COOKIE: session(role)} if role else {}
        headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        async with self.http.get(f"{self.base}{path}", headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")


def session(role: Role) -> str:
    provider = "p-1" if role is Role.PROVIDER else None
    return TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role, provider=provider)


@pytest_asyncio.fixture
async def desk(make_database: MakeDatabase) -> AsyncIterator[Desk]:
    url, port = make_database("checkout"), free_port()
    values = {
        "FULLHOUSE_MODE": "sandbox",
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "TICKET_PUBLIC_KEYS": TICKETS.public_keys().export(),
        "TICKET_SIGNING_KEY": TICKETS.export(),
        "SERVICE_TOKEN_KEY": SERVICE_KEY,
        "METRICS_TOKEN": "m" * 20,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_URL": "http://127.0.0.1:9",
        "INVENTORY_URL": "http://127.0.0.1:9",
        **SANDBOX_STAND_INS,
    }
    database = await Database.connect(url, application="test", pool_size=1)
    async with (
        serving(create(values, role=ProcessRole.API), port),
        aiohttp.ClientSession(connector=fresh_connections()) as http,
    ):
        yield Desk(base=values["PUBLIC_URL"], database=database, http=http)
    await database.close()


async def stored(database: Database) -> None:
    """One webhook for each fate."""
    now = SystemClock().now()
    for event_id in ("evt_failed", "evt_waiting", "evt_done"):
        raw = RawWebhook(
            processor="stripe",
            event_id=event_id,
            occasion=event_id,
            type="checkout.session.completed",
            thin=False,
            live_mode=False,
            payload=json.dumps({"id": event_id}).encode(),
            created_at=now,
        )
        await store.add(database, [raw], received_at=now)
    for webhook in await store.claim(database, limit=9, lease=timedelta(minutes=1)):
        async with database.transaction() as tx:
            match webhook.event_id:
                case "evt_failed":
                    await store.settle(tx, webhook, WebhookState.FAILED, setback=MISMATCH, failures=1)
                case "evt_waiting":
                    due_at = now + timedelta(hours=1)
                    await store.settle(tx, webhook, WebhookState.WAITING, setback=EARLY, due_at=due_at)
                case _:
                    await store.settle_handled(tx, [(webhook, Outcome())])


async def test_a_stranger_signs_in_first_and_comes_back_to_the_same_list(desk: Desk) -> None:
    status, _, leads_to = await desk.look(f"{PAGE}?state=failed", role=None)
    assert (status, leads_to) == (303, f"/login?next={quote(f'{PAGE}?state=failed', safe='/')}")


async def test_a_provider_sees_nothing_of_it(desk: Desk) -> None:
    status, text, _ = await desk.look(role=Role.PROVIDER)
    assert status == 403
    assert "board-title" in text


async def test_a_viewer_sees_why_each_one_is_not_done(desk: Desk) -> None:
    await stored(desk.database)
    status, text, _ = await desk.look()
    assert status == 200
    assert all(event_id in text for event_id in ("evt_failed", "evt_waiting", "evt_done"))
    assert all(cause in text for cause in (MISMATCH.cause, MISMATCH.error, EARLY.cause, EARLY.error))
    _, only_failed, _ = await desk.look(f"{PAGE}?state=failed")
    assert "evt_failed" in only_failed
    assert "evt_waiting" not in only_failed
    assert "evt_done" not in only_failed


async def test_an_empty_list_says_so_and_leads_back(desk: Desk) -> None:
    assert "No webhook has come yet." in (await desk.look())[1]
    assert "None of these." in (await desk.look(f"{PAGE}?state=ignored"))[1]


async def test_a_refused_request_keeps_its_cause(desk: Desk) -> None:
    """Also when the process ends right afterwards: what is counted is written down within a second, or at the end."""
    hook = f"{desk.base}/api/webhooks/stripe"
    async with desk.http.post(hook, data=b"{}") as answer:
        assert answer.status == 400
    async with desk.http.post(hook, data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"}) as answer:
        assert answer.status == 400
    async with asyncio.timeout(20):
        while "webhook_signature_invalid" not in (text := (await desk.look())[1]):
            await asyncio.sleep(0.1)
    assert "signature_missing" in text
    assert "127.0.0.0" in text


@pytest.mark.browser
@pytest.mark.proves("W-3")
async def test_the_page_has_no_barriers_on_any_screen(desk: Desk, chromium: Path) -> None:
    await stored(desk.database)
    async with desk.http.post(f"{desk.base}/api/webhooks/stripe", data=b"{}") as answer:
        assert answer.status == 400
    cookie = {"name": SESSION_COOKIE, "value": session(Role.VIEWER), "url": desk.base}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        screens: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "light"), (820, "dark"), (1440, "light"))
        for width, scheme in screens:
            context = await browser.new_context(
                base_url=desk.base, viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            await context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": cookie["url"]}])
            page = await context.new_page()
            await page.goto(PAGE)
            assert told((await Axe().run(page, options=OPTIONS)).response) == []
            too_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not too_wide, f"the page is wider than {width} px"
            await context.close()
        await browser.close()
