"""What people do with the form of a purchase in a browser, and what bars their way."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.fixtures.barriers import OPTIONS, told
from tests.integration.checkout.web.shop import DALLAS, Shop

REGISTER: Final = f"/register?city={DALLAS}"
GUEST: Final = "guest@example.com"


async def barriers(page: Page) -> list[str]:
    return told((await Axe().run(page, options=OPTIONS)).response)


async def fill(page: Page, *, email: str = GUEST) -> None:
    for name, value in (("First name", "Jordan"), ("Last name", "Ellis"), ("Email", email)):
        await page.get_by_label(name).fill(value)
    await page.get_by_label("What do you do?").select_option("barber")


async def pay(page: Page) -> None:
    """Press the stub's button: the bar's leaves as the stub comes into view."""
    await page.locator("#stub [data-pay]").click()


async def at_payment(page: Page, shop: Shop) -> None:
    await page.wait_for_url(f"{shop.world.sandbox}/pay/**")
