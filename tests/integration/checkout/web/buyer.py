"""A buyer in a browser, from the workshops to the tickets, and the looks in which a journey is made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.fixtures.barriers import OPTIONS, told
from tests.fixtures.browser import PATIENCE_MS
from tests.integration.checkout.web.shop import Shop

Screen = Literal["phone", "desktop"]
Scheme = Literal["light", "dark"]
SCREENS: Final[dict[Screen, ViewportSize]] = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1440, "height": 900},
}
PAY: Final = re.compile("^Pay .* in the sandbox$")


@dataclass(frozen=True, slots=True)
class Look:
    """On what a journey is made."""

    screen: Screen
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.screen}-{self.scheme}"


ALL_LOOKS: Final = tuple(Look(screen, scheme) for screen in SCREENS for scheme in ("light", "dark"))


def made_on(screen: Screen, scheme: Scheme) -> pytest.MarkDecorator:
    """The look in which this journey most likely breaks; with JOURNEYS=all it is made in each of them."""
    looks = ALL_LOOKS if os.environ.get("JOURNEYS") == "all" else (Look(screen, scheme),)
    return pytest.mark.parametrize("look", looks, ids=str)


async def opened(browser: Browser, shop: Shop, look: Look, **options: Any) -> BrowserContext:
    """A browser of the buyer's own."""
    context = await browser.new_context(
        base_url=shop.world.base,
        viewport=SCREENS[look.screen],
        color_scheme=look.scheme,
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


async def register(
    page: Page, path: str, *, email: str, tier: str = "General Admission", seats: int = 1, code: str = ""
) -> None:
    """Fills in the form, down to the button."""
    await page.goto(path)
    await page.get_by_role("radio", name=tier).check()
    for _ in range(seats - 1):
        await page.get_by_role("button", name="One seat more").click()
    for name, value in (("First name", "Jordan"), ("Last name", "Ellis"), ("Email", email)):
        await page.get_by_label(name).fill(value)
    await page.get_by_label("What do you do?").select_option("barber")
    if code:
        await page.get_by_label("Discount code").fill(code)
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_label("Discount code")).to_have_value(code)


async def go_to_payment(page: Page) -> None:
    """Presses the stub's button, and waits for the processor's page."""
    await page.locator("#stub [data-pay]").click()
    await expect(page.get_by_role("button", name=PAY)).to_be_visible()


async def pay(page: Page, outcome: str = "Paid") -> None:
    """Picks how the payment ends, and pays."""
    await page.get_by_role("radio", name=re.compile(f"^{outcome}")).check()
    await page.get_by_role("button", name=PAY).click()


async def is_in(page: Page, *, seats: int = 1) -> None:
    """The tickets are there."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    await expect(page.locator(".qr")).to_have_count(seats)


async def fits(page: Page) -> None:
    """Nothing keeps anybody from using the page as it is now, and nothing sticks out."""
    assert told((await Axe().run(page, options=OPTIONS)).response) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
