"""The operations page in a real browser, over a real database and Kafka."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

from chassis.database import Database
from chassis.http.guards import SESSION_COOKIE
from chassis.tokens import Role, TokenSigner
from eventbus import KafkaConnection
from events import DependencyHealth, Event, PaymentWebhookFailed, PaymentWebhookReceived, PoolLevel, StockLevelChanged
from monitor.figures import service as figures
from tests.fixtures.barriers import OPTIONS, told
from tests.fixtures.browser import PATIENCE_MS
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import fresh_databases
from tests.integration.monitor.service import SIGN_IN, Client, environ, eventually, person, running, write
from tests.integration.monitor.test_figures import received
from tests.unit.monitor.samples import attempt_failed, heartbeat, order_paid, sms_sent, stock_sold

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]
PANELS = (
    "api_response_times",
    "error_rates_by_endpoint",
    "inventory_levels_all_cities",
    "stripe_webhook_processing",
    "sms_delivery_status",
    "database_performance",
)
Scheme = Literal["light", "dark"]
# What a browser tells a tab that goes behind another one, and comes back.
TURN = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    monitor: Client
    connection: KafkaConnection
    browser: Browser

    async def signed_in(
        self, *, role: Role = Role.OPERATOR, scheme: Scheme = "light", width: int = 1440
    ) -> BrowserContext:
        context = await self.browser.new_context(
            base_url=self.monitor.base, color_scheme=scheme, viewport={"width": width, "height": 1000}
        )
        context.set_default_timeout(PATIENCE_MS)
        token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role)
        await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": self.monitor.base}])
        return context

    async def open(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        await page.goto("/operations")
        return page

    async def hears_all(self) -> None:
        async def heard() -> bool:
            await write(self.connection, *words(datetime.now(UTC)))
            rows = (await self.monitor.get("/api/operations", headers=person(Role.VIEWER))).json["services"]
            return all(row["lastHeartbeat"] is not None for row in rows)

        await eventually(heard, seconds=40)

    async def resolve_all(self) -> None:
        for status in ("firing", "acknowledged"):
            found = await self.monitor.get(f"/api/alerts?status={status}", headers=person(Role.VIEWER))
            for alert in found.json["data"]:
                await self.monitor.post(f"/api/alerts/{alert['id']}/resolve", headers=person(Role.OPERATOR))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def busy(
    postgres: str, kafka: str, topic_prefix: str, chromium: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Room]:
    """A busy hour has been counted before the monitor starts."""
    folder = without_measured_rules(tmp_path_factory.mktemp("monitor") / "config")
    with fresh_databases(postgres) as make:
        values = {**environ(make("monitor"), kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(folder)}
        await count_busy_hour(values["DATABASE_URL"])
        async with running(values) as monitor, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium)
            yield Room(monitor=monitor, connection=kafka_at(kafka, prefix=topic_prefix), browser=browser)
            await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def room(busy: Room) -> AsyncIterator[Room]:
    """All services are heard, and no alert is open; those of the test are resolved before the next one."""
    await busy.hears_all()
    yield busy
    await busy.resolve_all()


def without_measured_rules(folder: Path) -> Path:
    """However long a test takes, no alert is raised but its own."""
    shutil.copytree("deploy/config", folder)
    rules = folder / "alert-rules.yaml"
    rules.write_text(rules.read_text().partition("\nrules:\n")[0])
    return folder


async def count_busy_hour(url: str) -> None:
    database = await Database.connect(url, application="test", pool_size=1)
    async with database.transaction() as tx:
        await figures.count(tx, [received(event) for event in busy_hour(datetime.now(UTC))])
    await database.close()


def words(now: datetime) -> Sequence[Event]:
    slow = {"database": DependencyHealth(status="degraded", reason="slow answers", latency_ms=480.0)}
    return (
        heartbeat("checkout", at=now, dependencies=slow, consumer_lag={"checkout-fulfilment": 4}),
        heartbeat("inventory", at=now),
        heartbeat("notifier", at=now, consumer_lag={"notifier-sms": 8}),
    )


def busy_hour(now: datetime) -> list[Event]:
    events: list[Event] = [order_paid(occurred_at=now) for _ in range(14)]
    events.append(attempt_failed(buyers_fault=False).model_copy(update={"occurred_at": now}))
    for minute in range(1, 50, 3):
        at = now - timedelta(minutes=minute)
        events += [handled(f"evt_{minute}_{number}", at) for number in range(minute % 7)]
    events.append(
        PaymentWebhookFailed(
            webhook_id="evt_1",
            webhook_type="charge.updated",
            processor="stripe",
            attempts=8,
            cause="order_unknown",
            last_error="unknown order",
        )
    )
    events += [sms_sent().model_copy(update={"occurred_at": now}) for _ in range(5)]
    for city, sold in (("dallas-jan-2027", 30), ("atlanta-feb-2027", 12), ("las-vegas-feb-2027", 35)):
        events.append(opened(city, sold))
    return events


def handled(webhook_id: str, at: datetime) -> PaymentWebhookReceived:
    return PaymentWebhookReceived(
        webhook_id=webhook_id,
        webhook_type="checkout.session.completed",
        processor="stripe",
        received_at=at,
        processed_at=at + timedelta(milliseconds=80),
    )


def opened(city: str, sold: int) -> StockLevelChanged:
    pools = {
        tier: PoolLevel(
            public_limit=35,
            actual_limit=40,
            held=2 if sold < 33 else 0,
            sold=sold,
            oversold=0,
            available=max(0, 33 - sold),
        )
        for tier in ("ga", "vip")
    }
    left = {tier: pool.available for tier, pool in pools.items()}
    return StockLevelChanged(
        city_id=city, stock_version=1, remaining_inventory=left, pools=pools, occurred_at=datetime.now(UTC)
    )


async def raise_alert(monitor: Client, severity: str, summary: str) -> Any:
    body = {"severity": severity, "category": "payments", "summary": summary}
    return (await monitor.post("/api/alerts", json=body, headers=person(Role.OPERATOR))).json


async def violations(page: Page) -> list[str]:
    return told((await Axe().run(page, options=OPTIONS)).response)


@pytest.mark.proves("M-11", "W-3")
async def test_the_page_has_its_panels_and_no_barrier(room: Room) -> None:
    found: dict[str, list[str]] = {}
    for scheme, width in (("light", 390), ("dark", 1440)):
        context = await room.signed_in(scheme=scheme, width=width)  # type: ignore[arg-type]
        page = await room.open(context)
        for panel in PANELS:
            await expect(page.locator(f"#{panel}")).to_be_visible()
        found[f"calm {scheme} {width}"] = await violations(page)
        for severity in ("critical", "high", "medium", "low"):
            await raise_alert(room.monitor, severity, f"Something {severity} happens")
        await expect(page.locator("#open_alerts li")).to_have_count(4)
        found[f"busy {scheme} {width}"] = await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await room.resolve_all()
        await context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proves("M-10", "M-11")
async def test_what_happens_shows_by_itself_and_is_taken_with_one_press(room: Room) -> None:
    context = await room.signed_in()
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    page = await room.open(context)
    await expect(page.locator("[data-live-word]")).to_have_text("Live")
    await expect(page.get_by_text("No open alerts.")).to_be_visible()
    seats = page.locator("#inventory_levels_all_cities")
    await expect(seats).to_contain_text("Dallas")

    raised = await raise_alert(room.monitor, "critical", "Payments are down")
    row = page.locator("#open_alerts li")
    await expect(row).to_contain_text("Payments are down")
    await write(room.connection, stock_sold(2, 7))
    await expect(seats.get_by_role("row").filter(has_text="Dallas")).to_contain_text("7")

    button = row.get_by_role("button", name="Acknowledge Payments are down")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(row).to_contain_text("ann@example.com")
    await expect(row).to_be_focused()
    shown = (await room.monitor.get(f"/api/alerts/{raised['id']}", headers=person(Role.VIEWER))).json
    assert (shown["status"], shown["acknowledgedBy"]) == ("acknowledged", "ann@example.com")
    await page.get_by_role("button", name="Light or dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await row.get_by_role("link", name="Resolve … Payments are down").click()
    await expect(page.get_by_role("heading", name="Resolve this alert?")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("link", name="Leave it open").click()
    await row.get_by_role("link", name="Resolve … Payments are down").click()
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_text("No open alerts.")).to_be_visible()
    shown = (await room.monitor.get(f"/api/alerts/{raised['id']}", headers=person(Role.VIEWER))).json
    assert (shown["status"], shown["acknowledgedBy"]) == ("resolved", "ann@example.com")
    assert faults == []
    await context.close()


@pytest.mark.proves("M-11", "W-2")
async def test_of_seven_tabs_one_listens_for_all_and_another_goes_on(room: Room) -> None:
    context = await room.signed_in()
    listening: set[Page] = set()

    def asked(request: Request) -> None:
        if "/api/stream" in request.url:
            listening.add(request.frame.page)

    context.on("request", asked)
    pages = [await room.open(context) for _ in range(7)]
    await raise_alert(room.monitor, "critical", "Payments are down")
    for page in pages:
        await expect(page.locator("#open_alerts li")).to_contain_text("Payments are down")
    assert len(listening) == 1
    await listening.pop().close()
    left = [page for page in pages if not page.is_closed()]
    await raise_alert(room.monitor, "high", "Texts are late")
    for page in left:
        await expect(page.locator("#open_alerts")).to_contain_text("Texts are late")
    assert len(listening) == 1
    await context.close()


@pytest.mark.proves("M-11")
async def test_a_hidden_tab_asks_nothing_and_looks_again_when_it_is_shown(room: Room) -> None:
    context = await room.signed_in()
    page = await room.open(context)
    await expect(page.locator("[data-live-word]")).to_have_text("Live")
    async with page.expect_event("requestfailed", lambda request: "/api/stream" in request.url):
        await page.evaluate(TURN, True)
    await raise_alert(room.monitor, "critical", "Payments are down")
    async with page.expect_request("**/api/stream?*"):
        await page.evaluate(TURN, False)
    await expect(page.locator("#open_alerts li")).to_contain_text("Payments are down")
    await context.close()


@pytest.mark.proves("W-2", "M-11")
async def test_strangers_sign_in_first_and_viewers_only_look(room: Room) -> None:
    stranger = await room.monitor.get("/operations")
    assert (stranger.status, stranger.headers["location"]) == (303, "/login?next=/operations")
    raised = await raise_alert(room.monitor, "high", "Look at this")
    context = await room.signed_in(role=Role.VIEWER)
    page = await room.open(context)
    await expect(page.locator("#open_alerts li")).to_contain_text("Look at this")
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await context.close()
    path = f"/operations/alerts/{raised['id']}/ack"
    token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=Role.OPERATOR)
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    assert (await room.monitor.post(path, headers=person(Role.VIEWER))).status == 403
    foreign = {**cookie, "Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}
    assert (await room.monitor.post(path, headers=foreign)).status == 403
    assert (await room.monitor.post(path, headers={**cookie, "Sec-Fetch-Site": "same-origin"})).status == 303
