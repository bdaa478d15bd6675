"""Whole purchases in a real browser: from the workshops over the processor's page to the tickets, and what goes wrong.

Each is made once, on the screen and in the colours in which it most likely breaks; JOURNEYS=all makes all of them on
phone and desktop, light and dark.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from events import OrderState
from tests.integration.checkout.web.buyer import Look, fits, go_to_payment, is_in, made_on, opened, pay, register
from tests.integration.checkout.web.shop import DALLAS, SELLS_OUT, Shop
from tests.integration.checkout.web.shop import WITHDRAWN as SMALL

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, pytest.mark.proves("W-1")]

REGISTER = f"/register?city={DALLAS}"
SETTLES_AFTER = 180


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser, shop: Shop, look: Look) -> AsyncIterator[BrowserContext]:
    """A browser whose scripts must not fail."""
    context = await opened(browser, shop, look)
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    yield context
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext) -> Page:
    """The buyer's first tab."""
    return await context.new_page()


@pytest.fixture
def email() -> str:
    """The buyer's address."""
    return f"{uuid4().hex[:12]}@example.com"


@made_on("desktop", "dark")
async def test_seats_with_a_code_cost_the_same_on_every_page(page: Page, shop: Shop, email: str) -> None:
    await page.goto("/")
    await page.get_by_role("link", name="Dallas").click()
    await register(page, page.url, email=email, seats=2, code="EARLY10")
    await expect(page.locator("#stub [data-total]")).to_have_text("$1,078.20")
    await go_to_payment(page)
    await expect(page.get_by_text("2 × $599.00. Code EARLY10: −$119.80.")).to_be_visible()
    await page.get_by_role("button", name="Pay $1,078.20 in the sandbox").click()
    await is_in(page, seats=2)
    await expect(page.locator(".receipt")).to_contain_text("Code EARLY10")
    await expect(page.locator(".receipt .sum")).to_contain_text("$1,078.20")


@pytest.mark.proves("C-1")
@made_on("phone", "light")
async def test_what_costs_nothing_leads_straight_to_the_tickets(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email, code="GUEST")
    await expect(page.locator("#stub [data-total]")).to_have_text("$0.00")
    await fits(page)
    await page.locator("#stub [data-pay]").click()
    await is_in(page)
    await expect(page.get_by_text("Nothing to pay")).to_be_visible()
    await fits(page)


@pytest.mark.proves("I-10")
@made_on("desktop", "light")
async def test_who_waits_takes_the_seat_that_comes_back(page: Page, shop: Shop, email: str) -> None:
    (everything,) = await shop.sell_out(SMALL)
    await page.goto(f"/register?city={SMALL}")
    await page.get_by_role("link", name="Wait for a seat").first.click()
    await page.get_by_label("First name").fill("Jordan")
    await page.get_by_label("Email").fill(email)
    await fits(page)
    await page.get_by_role("button", name="Join the line").click()
    await expect(page.get_by_role("heading", name="You are in line.")).to_be_visible()
    place = f"/waitlist/place?place={await shop.link_of(email)}"
    await page.goto(place)
    await expect(page.get_by_text("Nobody is ahead of you.")).to_be_visible()
    await fits(page)
    await shop.give_back(everything)
    await page.reload()
    await expect(page.locator(".stub")).to_contain_text("Total$")
    await expect(page.locator("[data-countdown]")).to_contain_text(":")
    await fits(page)
    await page.get_by_role("link", name="Take the seat").click()
    await register(page, page.url, email=email)
    await go_to_payment(page)
    await pay(page)
    await is_in(page)
    await page.goto(place)
    await expect(page.get_by_text("You have taken your offer.")).to_be_visible()


@pytest.mark.proves("C-5")
@made_on("phone", "dark")
async def test_a_declined_card_costs_nothing_and_the_next_one_pays(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await pay(page, "Declined, not enough funds")
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was charged. Try another card.")
    await pay(page)
    await is_in(page)
    assert [order.state for order in await shop.orders_of(email)] == [OrderState.PAID]


@made_on("desktop", "dark")
async def test_a_card_that_asks_the_bank_is_refused_and_then_approved(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await pay(page, "Asks for authentication")
    await page.get_by_role("button", name="Refuse").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was charged.")
    await pay(page, "Asks for authentication")
    await fits(page)
    await page.get_by_role("button", name="Approve").click()
    await is_in(page)


@pytest.mark.proves("C-4")
@made_on("phone", "light")
async def test_a_debit_that_arrives_fills_the_open_page_in(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await pay(page, "Pending, then paid")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nearly in.")
    await fits(page)
    await page.evaluate("window.stayed = true")
    await shop.world.advance_sandbox(SETTLES_AFTER)
    await is_in(page)
    await expect(page.locator("[data-say]")).to_have_text("You’re in. Your tickets are here.")
    assert await page.evaluate("window.stayed")


@pytest.mark.proves("C-4")
@made_on("desktop", "light")
async def test_a_debit_that_fails_is_told_on_the_open_page_with_a_way_on(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await pay(page, "Pending, then fails")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Nearly in.")
    await shop.world.advance_sandbox(SETTLES_AFTER)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not paid.")
    said = "Your bank refused the payment. Nothing was charged."
    await expect(page.locator(".lead")).to_have_text(said)
    await expect(page.locator("[data-say]")).to_have_text(f"Not paid. {said}")
    await fits(page)
    await page.get_by_role("link", name="Choose again").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dallas")


@made_on("desktop", "dark")
async def test_who_turns_back_at_the_payment_goes_on_with_the_same_seats(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await page.get_by_role("link", name="Cancel and go back").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not paid.")
    await page.get_by_role("link", name="Continue to payment").click()
    await pay(page)
    await is_in(page)
    assert len(await shop.orders_of(email)) == 1


@pytest.mark.proves("C-1", "C-5")
@made_on("phone", "light")
async def test_in_two_tabs_the_later_order_takes_the_place_of_the_open_one(
    context: BrowserContext, page: Page, shop: Shop, email: str
) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    other = await context.new_page()
    await register(other, f"/register?city={SELLS_OUT}", email=email, tier="VIP")
    await go_to_payment(other)
    await pay(page)
    await expect(page.get_by_role("heading", name="This page has closed")).to_be_visible()
    await page.get_by_role("link", name="Back to").click()
    await expect(page.locator("[data-lead]")).to_have_text("Your seats went back on sale. Choose again.")
    await pay(other)
    await is_in(other)
    # What is paid stays, whatever the same buyer orders next.
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await pay(page)
    await is_in(page)
    states = [order.state for order in await shop.orders_of(email)]
    assert states == [OrderState.PAID, OrderState.PAID, OrderState.EXPIRED]


@pytest.mark.proves("C-5")
@made_on("desktop", "light")
async def test_seats_that_are_paid_in_one_tab_are_not_let_go_in_another(
    context: BrowserContext, page: Page, shop: Shop, email: str
) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    other = await context.new_page()
    await other.goto(page.url)
    await page.get_by_role("link", name="Cancel and go back").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not paid.")
    await pay(other)
    await is_in(other)
    await page.get_by_role("button", name="Let the seats go").click()
    await is_in(page)
    assert [order.state for order in await shop.orders_of(email)] == [OrderState.PAID]


@pytest.mark.proves("C-1")
@made_on("phone", "dark")
async def test_the_back_button_holds_no_seat_twice_and_pays_nothing_twice(page: Page, shop: Shop, email: str) -> None:
    await register(page, REGISTER, email=email)
    await go_to_payment(page)
    await page.go_back()
    await expect(page.get_by_label("Email")).to_have_value(email)
    await expect(page.locator("#stub [data-pay]")).to_have_text("Go to payment")
    await go_to_payment(page)
    await pay(page)
    await is_in(page)
    await page.go_back()
    await expect(page.get_by_role("heading", name="This was paid")).to_be_visible()
    await page.get_by_role("link", name="Back to").click()
    await is_in(page)
    paid, *replaced = [order.state for order in await shop.orders_of(email)]
    assert paid == OrderState.PAID
    assert set(replaced) <= {OrderState.EXPIRED}
