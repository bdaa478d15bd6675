"""The form of a purchase in a real browser: no axe violations, live price, what is typed is checked and stays."""

from __future__ import annotations

import re
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Route, expect

from chassis.currencies import rules_of
from checkout.web.forms import EMAIL_NO_ENDING, NOT_A_MEMBER, PHONE, PHONE_UNREADABLE, TICKETS_GO_THERE
from tests.integration.checkout.web.browsing import REGISTER, at_payment, barriers, fill, pay
from tests.integration.checkout.web.shop import FEW, MEMBER, SELLS_OUT, SOLD_OUT, Bought, Shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

Scheme = Literal["light", "dark"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unpaid(shop: Shop) -> Bought:
    """Somebody's order whose payment page is open."""
    return await shop.buy()


@pytest.mark.proves("W-3")
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
async def test_no_page_has_a_barrier(
    browser: Browser, shop: Shop, paid: Bought, unpaid: Bought, scheme: Scheme, width: int
) -> None:
    context = await browser.new_context(
        base_url=shop.world.base,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = await context.new_page()
    found: dict[str, list[str]] = {}
    for name, path in (
        ("list", "/"),
        ("register", REGISTER),
        ("sold out", f"/register?city={SOLD_OUT}"),
        ("unknown", "/register?city=nowhere"),
        ("tickets", paid.page("/success")),
        ("making", unpaid.page("/success")),
        ("turned back", unpaid.page("/cancel")),
    ):
        await page.goto(path)
        found[name] = await barriers(page)
    await page.goto(REGISTER)
    await pay(page)
    await expect(page.get_by_role("alert")).to_be_focused()
    found["with errors"] = await barriers(page)
    await context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proves("W-1", "C-1")
async def test_the_price_follows_the_choice_and_is_the_one_charged(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    total = page.locator("#stub [data-total]")
    await expect(total).to_have_text("$599.00")
    await page.get_by_role("button", name="One seat more").click()
    await page.get_by_label("I’m a 6FB member").check()
    await expect(total).to_have_text("$958.40")
    await expect(page.locator("#stub [data-lines]")).to_contain_text("Member price, 20% off")
    await expect(page.locator("[data-bar] [data-note]")).to_have_text("2 × GA, Dallas")
    await expect(page.locator(":text('Member price applied to both seats.')")).to_be_visible()
    await expect(page.locator("[data-say]")).to_have_text("2 seats, $958.40 in all.")
    await page.get_by_label("Discount code").fill("early10")
    await page.get_by_role("button", name="Apply").click()
    await expect(total).to_have_text("$862.56")
    await fill(page, email=MEMBER)
    await pay(page)
    await at_payment(page, shop)
    await expect(page.get_by_role("button", name="Pay $862.56 in the sandbox")).to_be_visible()
    note = "2 × $599.00. Member price, 20% off: −$239.60. Code EARLY10: −$95.84."
    await expect(page.get_by_text(note)).to_be_visible()
    (order,) = await shop.orders_of(MEMBER)
    assert (order.line.tier, order.line.quantity, order.member, order.discount_code) == ("ga", 2, True, "EARLY10")
    assert order.amount == 86256


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(("currency", "total"), [("RSD", "RSD 1,198.00"), ("ISK", "ISK 1,198")])
async def test_the_live_price_knows_minor_units_as_the_processor_does(
    phone: BrowserContext, currency: str, total: str
) -> None:
    rules, page = rules_of(currency), await phone.new_page()

    async def sell_in_it(route: Route) -> None:
        answer = await route.fetch()
        dollars = 'data-currency="USD" data-minor-digits="2" data-shown-digits="2"'
        body = await answer.text()
        assert dollars in body
        digits = f'data-minor-digits="{rules.digits}" data-shown-digits="{rules.shown_digits}"'
        theirs = f'data-currency="{currency}" {digits}'
        await route.fulfill(response=answer, body=body.replace(dollars, theirs))

    await page.route(f"**{REGISTER}", sell_in_it)
    await page.goto(REGISTER)
    await page.get_by_role("button", name="One seat more").click()
    await expect(page.locator("#stub [data-total]")).to_have_text(total)


@pytest.mark.proves("C-3", "W-1")
async def test_the_member_price_is_only_shown_to_whom_it_will_be_charged(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await page.get_by_label("I’m a 6FB member").check()
    total, email = page.locator("#stub [data-total]"), page.get_by_label("Email")
    await expect(total).to_have_text("$479.20")
    await email.fill("somebody@example.com")
    await email.press("Tab")
    await expect(page.get_by_text(NOT_A_MEMBER).first).to_be_visible()
    await expect(total).to_have_text("$599.00")
    await page.get_by_role("button", name="One seat more").click()
    await expect(total).to_have_text("$1,198.00")
    await expect(page.locator("#tier-ga ~ .tier-price [data-amount]")).to_have_text("$599.00")
    await email.fill(MEMBER)
    await email.press("Tab")
    await expect(page.get_by_text("On the member list. Tickets go here.")).to_be_visible()
    await expect(total).to_have_text("$958.40")
    assert await barriers(page) == []


@pytest.mark.proves("W-1")
async def test_the_stepper_stops_at_the_maximum_and_at_the_stock(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    more, seats = page.get_by_role("button", name="One seat more"), page.get_by_label("How many?")
    for _ in range(8):
        await more.click(force=True)
    await expect(seats).to_have_value("6")
    await page.get_by_label("VIP").check()
    await expect(seats).to_have_value("3")
    await expect(more).to_have_attribute("aria-disabled", "true")
    await seats.fill("99")
    await seats.press("Tab")
    await expect(seats).to_have_value("3")


@pytest.mark.proves("W-1")
async def test_keys_change_the_number_of_seats_and_a_mouse_wheel_does_not(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    seats = page.get_by_label("How many?")
    await seats.focus()
    await seats.hover()
    await page.mouse.wheel(0, -200)
    await page.mouse.wheel(0, 100)
    await expect(seats).to_have_value("1")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#stub [data-total]")).to_have_text("$1,198.00")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(seats).to_have_value("1")


@pytest.mark.proves("W-1", "W-3")
async def test_a_field_is_checked_after_it_is_left_and_never_while_typing(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    email, fault = page.get_by_label("Email"), page.locator("#email-error")
    await email.press_sequentially("jordan.ellis@example")
    await expect(fault).to_be_hidden()
    await email.press("Tab")
    await expect(fault).to_have_text(f"{EMAIL_NO_ENDING} {TICKETS_GO_THERE}")
    await expect(email).to_have_attribute("aria-describedby", "email-error")
    await email.focus()
    await email.press("End")
    await email.press_sequentially(".com")
    await expect(fault).to_be_hidden()


@pytest.mark.proves("W-1", "C-1")
async def test_a_mobile_number_that_cant_be_read_is_asked_about_and_in_nobodys_way(
    phone: BrowserContext, shop: Shop
) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="unread@example.com")
    mobile, hint = page.get_by_label("Mobile"), page.locator("#phone-hint")
    await expect(hint).to_have_text(PHONE)
    await mobile.fill("2145550")
    await mobile.press("Tab")
    await expect(hint).to_have_text(PHONE_UNREADABLE)
    await expect(page.locator("#phone-error")).to_be_hidden()
    await pay(page)
    await at_payment(page, shop)
    (order,) = await shop.orders_of("unread@example.com")
    assert order.customer.phone is None


@pytest.mark.proves("W-1", "C-13")
async def test_seats_that_went_meanwhile_are_told_and_what_was_typed_stays(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(f"/register?city={SELLS_OUT}")
    await fill(page, email="late@example.com")
    await shop.buy(city=SELLS_OUT, tier="GA", quantity=2)
    await pay(page)
    await expect(page.get_by_role("alert")).to_contain_text(
        "Someone took the last GA seats a moment ago. 20 VIP seats are left"
    )
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(page.get_by_label("General Admission")).to_be_disabled()
    await expect(page.get_by_label("First name")).to_have_value("Jordan")
    await expect(page.locator("#stub [data-total]")).to_have_text("–")
    await pay(page)
    await expect(page.get_by_role("alert")).to_have_text(re.compile("Choose a ticket."))
    await page.get_by_label("VIP").check()
    await pay(page)
    await at_payment(page, shop)
    (order,) = await shop.orders_of("late@example.com")
    assert order.line.tier == "vip"


@pytest.mark.proves("W-1", "C-13")
async def test_when_fewer_seats_are_left_number_hint_and_total_agree(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(f"/register?city={FEW}&quantity=3")
    total = page.locator("#stub [data-total]")
    await expect(total).to_have_text("$1,947.00")
    await fill(page, email="slower@example.com")
    await shop.buy(city=FEW, tier="GA", quantity=2)
    await pay(page)
    await expect(page.get_by_role("alert")).to_contain_text(
        "Someone was faster: only 1 seat is left here. Your order is for 1 seat now."
    )
    await expect(page.get_by_label("How many?")).to_have_value("1")
    await expect(total).to_have_text("$649.00")
    await expect(page.locator("[data-most]")).to_have_text("1 seat is left.")
    for name in ("One seat less", "One seat more"):
        await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-disabled", "true")
    await page.get_by_label("VIP").check()
    await page.get_by_role("button", name="One seat more").click()
    await expect(total).to_have_text("$2,598.00")


@pytest.mark.proves("W-1", "W-3", "C-1")
async def test_a_place_in_line_is_told_calmly(browser: Browser, shop: Shop) -> None:
    async with shop.beside(STRIPE_RATE_PER_SECOND="0.02") as address:
        context = await browser.new_context(base_url=address, viewport={"width": 390, "height": 844})
        page = await context.new_page()
        await page.goto(REGISTER)
        await fill(page, email="first@example.com")
        await pay(page)
        await at_payment(page, shop)
        page = await context.new_page()
        await page.goto(REGISTER)
        await fill(page, email="second@example.com")
        await pay(page)
        words = "You are number 1 in line. Your seats are held, and payment opens by itself."
        await expect(page.locator("[data-line]")).to_contain_text(words)
        await expect(page.locator("[data-say]")).to_contain_text(words)
        await expect(page).to_have_title(re.compile("^Number 1 in line · "))
        await expect(page.locator("#summary")).to_be_hidden()
        button = page.locator("#stub [data-pay]")
        await expect(button).to_have_text("In line…")
        await expect(button).to_be_focused()
        assert await barriers(page) == []
        await context.close()


@pytest.mark.proves("C-1", "W-1")
async def test_a_price_that_has_changed_is_shown_before_it_is_paid(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="changed@example.com")
    await page.locator("#tier-ga").evaluate("e => { e.dataset.price = '50000'; }")
    total = page.locator("#stub [data-total]")
    await page.get_by_role("button", name="One seat more").click()
    await expect(total).to_have_text("$1,000.00")
    await pay(page)
    await expect(page.get_by_role("alert")).to_contain_text("The price is $1,198.00 now, not $1,000.00.")
    await expect(total).to_have_text("$1,198.00")
    assert await shop.orders_of("changed@example.com") == []
    await pay(page)
    await at_payment(page, shop)


@pytest.mark.proves("C-1", "W-1")
async def test_a_code_that_was_not_applied_yet_counts_and_the_own_hold_is_shown_afterwards(
    phone: BrowserContext, shop: Shop
) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="unapplied@example.com")
    await page.get_by_label("Discount code").fill("early10")
    await pay(page)
    await at_payment(page, shop)
    (order,) = await shop.orders_of("unapplied@example.com")
    assert order.amount == 53910
    await page.goto(REGISTER)
    await expect(page.get_by_text("You have 1 seat in Dallas held until")).to_be_visible()
    assert await barriers(page) == []
    await page.get_by_role("link", name="Go on to payment").click()
    await at_payment(page, shop)
    await page.goto(REGISTER)
    await page.get_by_role("button", name="Let the seats go").click()
    await expect(page.get_by_text("Your seats went back on sale. Choose again.")).to_be_visible()


@pytest.mark.proves("W-1")
async def test_the_button_says_what_it_does_while_that_takes_its_time(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="slow@example.com")
    await page.clock.install()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/api/create-checkout-session", hold)
    await pay(page)
    bar = page.locator("[data-bar] [data-pay]")
    await expect(bar).to_have_text("Holding seats…")
    await expect(page.locator("[data-say]")).to_have_text("Holding your seats.")
    await page.clock.run_for(5_000)
    await expect(bar).to_have_text("Opening payment…")
    await expect(page.locator("#stub [data-pay]")).to_have_text("Opening payment…")
    await held[0].abort()
    await expect(bar).to_have_text("Go to payment")
