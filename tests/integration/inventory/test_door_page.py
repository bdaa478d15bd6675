"""`/staff/door` in a real browser: a code before its camera, without a network, and when the network is back (I-11)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
import pytest_asyncio
import zxingcpp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, async_playwright, expect

from chassis.http.guards import SESSION_COOKIE
from chassis.process import ProcessRole
from chassis.tickets import TicketClaims
from chassis.tokens import Role
from inventory.app import create
from tests.fixtures.barriers import OPTIONS, told
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.serving import serving
from tests.integration.inventory.bench import CITY, SIGNER, Bench, open_bench, paid_event, refund_event
from tests.integration.inventory.service import environ, person

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, pytest.mark.proves("I-11", "W-2", "W-3")]

PAGE = "/staff/door"
FRAMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """Inventory behind an address, with sold tickets, and a phone whose camera sees the first of them."""

    base: str
    bench: Bench
    shown: str
    codes: list[str]
    phone: Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(postgres: str, chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    film = tmp_path_factory.mktemp("camera") / "code.y4m"
    order, refunded = uuid4(), uuid4()
    with fresh_databases(postgres) as make_database:
        url = make_database("inventory")
        app = create(environ(url, kafka="127.0.0.1:9", prefix=""), role=ProcessRole.API)
        async with open_bench(url) as bench, serving(app, port), async_playwright() as playwright:
            await bench.open({"ga": (60, 60)})
            paid = paid_event(order, 6, number="7K3M2QXD")
            await bench.deliver(paid, paid_event(refunded, 1), refund_event(refunded, 1, (1,), back=True, version=4))
            codes = [ticket.code for ticket in paid.tickets]
            film.write_bytes(filmed(codes[0]))
            browser = await playwright.chromium.launch(
                executable_path=str(chromium),
                args=[
                    "--no-sandbox",
                    "--use-fake-device-for-media-stream",
                    "--use-fake-ui-for-media-stream",
                    f"--use-file-for-fake-video-capture={film}",
                ],
            )

            @asynccontextmanager
            async def phone(*, role: Role = Role.OPERATOR, width: int = 390, camera: bool = False) -> Any:
                context = await browser.new_context(base_url=base, viewport={"width": width, "height": 844})
                if camera:
                    await context.grant_permissions(["camera"], origin=base)
                token = person(role)["Authorization"].removeprefix("Bearer ")
                await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": base}])
                page = await context.new_page()
                if not camera:
                    await page.add_init_script(NO_CAMERA)
                try:
                    yield page
                finally:
                    await context.close()

            void = SIGNER.sign(TicketClaims.of(refunded, seat=1, city_id=CITY))
            yield Hall(base=base, bench=bench, shown=codes[0], codes=[*codes[1:], void], phone=phone)
            await browser.close()


# What a browser does whose user has refused it.
NO_CAMERA = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
"""


def filmed(text: str) -> bytes:
    """A still film of the text's QR code, as Chromium takes it for a camera."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, add_quiet_zones=False)
    rows = cast("list[list[int]]", memoryview(cast("bytes", image)).tolist())
    width, height, scale = 640, 480, 6
    left, top = (width - len(rows) * scale) // 2, (height - len(rows) * scale) // 2
    bright = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if value == 0:
                for line in range(scale):
                    start = (top + y * scale + line) * width + left + x * scale
                    bright[start : start + scale] = b"\x10" * scale
    grey = b"\x80" * (width * height // 2)
    frame = b"FRAME\n" + bytes(bright) + grey
    return b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % (width, height) + frame * FRAMES


async def start(page: Page, door: str = "Door A") -> None:
    await page.goto(PAGE)
    await page.get_by_label("City").select_option(CITY)
    await page.get_by_label("Door").fill(door)
    await page.get_by_role("button", name="Start checking in").click()


async def type_code(page: Page, code: str) -> None:
    await page.get_by_role("button", name="Type code").click()
    await page.get_by_role("textbox", name="Code").fill(code)
    await page.get_by_role("button", name="Check the code").click()


async def answered(page: Page, title: str) -> None:
    await expect(page.locator("[data-answer-title]")).to_have_text(title)


async def test_a_code_before_the_camera_is_let_in_once(hall: Hall) -> None:
    async with hall.phone(camera=True) as page:
        await start(page)
        await answered(page, "Let in")
        await expect(page.locator("[data-answer-text]")).to_have_text("GA · seat 1 of 6 · 7K3M-2QXD-1")
        await expect(page.locator("[data-inside]")).to_have_text("1")
    async with hall.phone() as page:
        await start(page, "Door B")
        await expect(page.get_by_text("The camera is not allowed here.")).to_be_visible()
        await type_code(page, hall.shown)
        await answered(page, "Already used")
        await expect(page.locator("[data-answer-text]")).to_contain_text("At Door A, ")


async def test_an_order_is_found_by_number_and_seat_and_a_viewer_lets_nobody_in(hall: Hall) -> None:
    async with hall.phone() as page:
        await start(page)
        await find_seat(page, "7k3m2qxd", 2)
        await answered(page, "Let in")
        await find_seat(page, "7k3m2qxd", 9)
        await answered(page, "No such ticket")
        await type_code(page, "7K3M-2QXD-2")
        await answered(page, "Already used")
    async with hall.phone(role=Role.VIEWER) as page:
        await start(page)
        await type_code(page, hall.codes[1])
        await answered(page, "Not asked")
        await expect(page.locator("[data-answer-text]")).to_contain_text("operator")


async def test_a_phone_without_a_network_decides_by_itself_and_tells_of_it_later(hall: Hall) -> None:
    _, fresh, twice, other, _, void = hall.codes
    async with hall.phone() as page:
        await start(page, "Door C")
        await expect(page.locator("[data-listed]")).to_contain_text("List of")
        await expect(page.locator("[data-kept=yes]")).to_be_attached()
        await page.context.set_offline(True)
        await page.reload()
        await type_code(page, fresh)
        await answered(page, "Let in")
        await expect(page.get_by_text("Decided by this phone")).to_be_visible()
        await expect(page.get_by_text("1 scan waits on this phone.")).to_be_visible()
        await type_code(page, fresh)
        await answered(page, "Already used")
        await type_code(page, void)
        await answered(page, "Not valid")
        await type_code(page, fresh[:-3] + "AAA")
        await answered(page, "Not our ticket")
        await find_seat(page, "7K3M2QXD", 3)
        await answered(page, "No network")
        await type_code(page, twice)
        await answered(page, "Let in")

        async with hall.phone() as elsewhere:
            await start(elsewhere, "Door D")
            await type_code(elsewhere, twice)
            await answered(elsewhere, "Let in")
        await page.context.set_offline(False)
        await expect(page.get_by_text("Let in although it should not have been: also Door D")).to_be_visible()
        await expect(page.locator("[data-offline]")).to_be_hidden()
        await page.context.clear_cookies()
        await type_code(page, other)
        await answered(page, "Let in")
        await expect(page.get_by_text("You are signed out. 1 scan waits on this phone.")).to_be_visible()
        await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        await sweep(page)
    async with hall.phone(role=Role.VIEWER, width=1440) as desk:
        await desk.goto("/staff/inside")
        await expect(desk.get_by_role("heading", name="Dallas")).to_be_visible()
        twice = desk.get_by_role("group", name="Let in, and should not have been").get_by_role("row")
        await expect(twice.nth(1)).to_contain_text("7K3M-2QXD-4")
        await expect(twice.nth(1)).to_contain_text("Door D")
        await expect(twice).to_have_count(2)
        await sweep(desk, [360, 1440])


async def test_a_list_that_inventory_did_not_sign_is_left_alone(hall: Hall) -> None:
    async def forged(route: Route) -> None:
        answer = await route.fetch()
        found = await answer.json()
        await route.fulfill(response=answer, json={**found, "payload": found["payload"].replace("refunded", "fine")})

    async with hall.phone() as page:
        await page.route("**/list", forged)
        async with page.expect_response("**/list"):
            await start(page)
        await page.context.set_offline(True)
        await type_code(page, hall.codes[3])
        await answered(page, "No network")
        await expect(page.locator("[data-to-come]")).to_have_text("No list yet")


async def test_the_page_has_no_barriers_and_fits_every_phone(hall: Hall) -> None:
    async with hall.phone(camera=True) as page:
        await page.goto(PAGE)
        await sweep(page)
        await start(page)
        await answered(page, "Already used")
        await sweep(page)
        for name in ("Type code", "Find order"):
            await page.get_by_role("button", name=name).click()
            await sweep(page, [360])
            await page.keyboard.press("Escape")
        loaded = await page.evaluate(
            "performance.getEntriesByType('resource').filter(({name}) => name.includes('.js'))"
            ".reduce((sum, {decodedBodySize}) => sum + decodedBodySize, 0)"
        )
        assert 10_000 < loaded < 100_000


async def find_seat(page: Page, number: str, seat: int) -> None:
    await page.get_by_role("button", name="Find order").click()
    await page.get_by_label("Order number").fill(number)
    await page.get_by_role("spinbutton", name="Seat").fill(str(seat))
    await page.get_by_role("button", name="Check the seat").click()


async def sweep(page: Page, widths: Sequence[int] = (360, 820, 1440)) -> None:
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 844})
        assert told((await Axe().run(page, options=OPTIONS)).response) == []
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
