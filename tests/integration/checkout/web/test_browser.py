"""The pages in a real browser: no axe violations, keyboard only, live price, tickets that appear by themselves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from chassis.currencies import rules_of
from checkout.web.forms import EMAIL_NO_ENDING, NOT_A_MEMBER, PHONE, PHONE_UNREADABLE, TICKETS_GO_THERE
from events import ActivityWebVital, OrderState
from tests.fixtures.barriers import OPTIONS, told
from tests.integration.checkout.web.buyer import PAY
from tests.integration.checkout.web.shop import DALLAS, FEW, MEMBER, SELLS_OUT, SOLD_OUT, Bought, Shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

REGISTER = f"/register?city={DALLAS}"
GUEST = "guest@example.com"
# A line moves so much when its font comes late on a slow machine: a hundredth of what counts as good.
A_PIXEL = 0.001

Scheme = Literal["light", "dark"]


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, shop: Shop) -> AsyncIterator[BrowserContext]:
    """A phone-sized context whose scripts must not fail."""
    context = await browser.new_context(base_url=shop.world.base, viewport={"width": 390, "height": 844})
    context.set_default_timeout(20_000)
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    context.on("console", lambda message: faults.append(message.text) if "Security Policy" in message.text else None)
    yield context
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def paid(shop: Shop) -> Bought:
    """Somebody's paid order."""
    return await shop.paid()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unpaid(shop: Shop) -> Bought:
    """Somebody's order whose payment page is open."""
    return await shop.buy()


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


@pytest.mark.proves("C-1")
async def test_the_same_order_again_is_the_same_attempt(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="again@example.com")
    await page.route("**/api/create-checkout-session", lambda route: route.abort(), times=1)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.headers["idempotency-key"]) if "checkout-session" in r.url else None)
    await pay(page)
    await expect(page.get_by_role("alert")).to_contain_text("We can’t reach the shop right now. Nothing was charged.")
    await pay(page)
    await at_payment(page, shop)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert len(await shop.orders_of("again@example.com")) == 1


@pytest.mark.proves("C-1")
async def test_pressing_again_after_paying_leads_to_the_tickets(phone: BrowserContext, shop: Shop) -> None:
    """The browser keeps the page as it was left; only who orders anew, on a new page, has a second order."""
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="pressed@example.com")
    await page.route(f"{shop.world.sandbox}/pay/**", lambda route: route.fulfill(status=204))
    async with page.expect_response(lambda answer: "checkout-session" in answer.url):
        await pay(page)
    (order,) = await shop.orders_of("pressed@example.com")
    await shop.pay(await shop.known(order))
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await pay(page)
    await page.wait_for_url(f"**/success?order={order.order_id}")
    assert len(await shop.orders_of("pressed@example.com")) == 1
    await page.unroute(f"{shop.world.sandbox}/pay/**")
    await page.goto(REGISTER)
    await fill(page, email="pressed@example.com")
    await pay(page)
    await at_payment(page, shop)
    states = [each.state for each in await shop.orders_of("pressed@example.com")]
    assert states == [OrderState.AWAITING_PAYMENT, OrderState.PAID]


@pytest.mark.proves("W-3")
async def test_a_seat_is_bought_with_the_keyboard_alone(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto("/")

    async def tab_to(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            focused = await page.evaluate(
                "(e => e.id || e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"
            )
            if focused == name:
                return
        pytest.fail(f"the keyboard does not reach {name}")

    await tab_to("New York")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/register**")
    await tab_to("tier-ga")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("VIP")).to_be_checked()
    await tab_to("One seat more")
    await page.keyboard.press("Space")
    for name, typed in (
        ("first_name", "Jordan"),
        ("last_name", "Ellis"),
        ("email", "keys@example.com"),
        ("phone", "(214) 555-0137"),
        ("business_type", "Barber"),
    ):
        await tab_to(name)
        await page.keyboard.type(typed)
    await tab_to("Go to payment")
    await page.keyboard.press("Enter")
    await at_payment(page, shop)
    await tab_to(await page.get_by_role("button", name=PAY).inner_text())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    await tab_to("Add to calendar")
    (order,) = await shop.orders_of("keys@example.com")
    assert (order.line.tier, order.line.quantity, order.business_type) == ("vip", 2, "barber")


@pytest.mark.proves("C-10")
async def test_a_visit_is_told_once_when_its_page_is_left_and_never_of_who_objects(
    phone: BrowserContext, browser: Browser, shop: Shop
) -> None:
    async with shop.visits() as heard:
        private = await browser.new_context(base_url=shop.world.base)
        await private.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
        await visit(await private.new_page())
        await private.close()
        page = await phone.new_page()
        await visit(page)
        await page.goto(REGISTER)
        await page.goto("/find-my-purchase")
        events = await heard(8)
    assert len({event.visitor_id for event in events}) == 1
    steps = [event for event in events if not isinstance(event, ActivityWebVital)]
    assert [(event.short_type(), getattr(event, "city_id", None)) for event in steps] == [
        ("activity.page_view", DALLAS),
        ("activity.form_start", DALLAS),
        ("activity.ticket_selected", DALLAS),
        ("activity.page_view", None),
    ]
    measured = {event.vital: event.value for event in events if isinstance(event, ActivityWebVital)}
    assert set(measured) == {"LCP", "CLS", "INP"}
    assert measured["CLS"] < 0.1


async def visit(page: Page) -> None:
    """Somebody writes a name, chooses a ticket, and leaves."""
    await page.goto(REGISTER)
    await page.get_by_label("First name").press_sequentially("Jordan")
    await page.get_by_label("VIP").check(force=True)
    await page.goto("/")


@pytest.mark.proves("W-3")
async def test_enter_in_a_field_pays_and_not_the_code_button(phone: BrowserContext, shop: Shop) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    await fill(page, email="enter@example.com")
    await page.get_by_label("Email").press("Enter")
    await at_payment(page, shop)
    assert len(await shop.orders_of("enter@example.com")) == 1


@pytest.mark.proves("W-1")
async def test_a_seat_is_bought_without_javascript(browser: Browser, shop: Shop) -> None:
    context = await browser.new_context(base_url=shop.world.base, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("link", name="Dallas").click()
    await fill(page, email="plain@example.com")
    await page.get_by_label("How many?").fill("2")
    await page.get_by_role("button", name="Update price").click()
    await expect(page.locator("#stub [data-total]")).to_have_text("$1,198.00")
    await expect(page.get_by_role("button", name="One seat more")).to_be_hidden()
    await page.get_by_role("button", name="Go to payment").click()
    await at_payment(page, shop)
    (order,) = await shop.orders_of("plain@example.com")
    assert (order.line.quantity, order.customer.first_name, order.amount) == (2, "Jordan", 119800)
    await page.get_by_role("button", name=PAY).click()
    await shop.world.until_state(str(order.order_id), "paid")
    await page.goto(f"/success?order={order.order_id}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    await context.close()


@pytest.mark.proves("W-1", "W-4", "N-1")
async def test_a_seat_is_bought_in_spanish_and_the_page_turns_to_english(browser: Browser, shop: Shop) -> None:
    context = await browser.new_context(base_url=shop.world.base, locale="es-MX")
    page = await context.new_page()
    await page.goto(REGISTER)
    await page.get_by_role("button", name="Un lugar más").click()
    await expect(page.locator("#stub [data-total]")).to_have_text("$1,198.00")
    await expect(page.locator("[data-say]")).to_have_text("2 lugares, $1,198.00 en total.")
    await pay(page)
    await expect(page.get_by_role("alert")).to_contain_text("Escribe tu nombre. Va en el boleto.")
    assert await barriers(page) == []
    for name, value in (("Nombre", "Jordan"), ("Apellido", "Ellis"), ("Correo", "habla@example.com")):
        await page.get_by_label(name).fill(value)
    await page.get_by_label("¿A qué te dedicas?").select_option("barber")
    await pay(page)
    await at_payment(page, shop)
    (order,) = await shop.orders_of("habla@example.com")
    assert order.customer.language == "es"
    await page.get_by_role("button", name=PAY).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Estás dentro.")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    await page.goto("/")
    await expect(page.get_by_role("link", name="Español")).to_be_visible()
    await context.close()


@pytest.mark.proves("W-1")
async def test_the_bar_leaves_when_the_stub_is_in_view(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    bar = page.locator("[data-bar]")
    await expect(bar).to_be_visible()
    await page.locator("#stub").scroll_into_view_if_needed()
    await expect(bar).to_be_hidden()
    await page.evaluate("scrollTo(0, 0)")
    await expect(bar).to_be_visible()
    await bar.get_by_role("button", name="Go to payment").click()
    await expect(page.get_by_role("alert")).to_be_focused()


@pytest.mark.proves("W-1", "C-6")
async def test_the_tickets_appear_without_a_reload_and_nothing_moves(phone: BrowserContext, shop: Shop) -> None:
    order = await shop.buy()
    page = await phone.new_page()
    await page.goto(order.page("/success"))
    await page.evaluate("window.stayed = true")
    await expect(page.get_by_text("Checking your payment …").first).to_be_visible()
    places = "[...document.querySelectorAll('.ticket, .actions')].map(e => e.getBoundingClientRect().top)"
    before = await page.evaluate(places)
    await shop.pay(order)
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    await expect(page.locator(".qr")).to_have_count(2)
    await expect(page.locator("[data-say]")).to_have_text("You’re in. Your tickets are here.")
    assert await page.evaluate("window.stayed")
    assert await page.evaluate(places) == before
    box = await page.locator(".qr").first.bounding_box()
    assert box is not None
    assert box["width"] >= 200


@pytest.mark.proves("W-1", "C-6")
async def test_of_seven_tabs_with_an_order_one_listens_for_all(phone: BrowserContext, shop: Shop) -> None:
    order = await shop.buy()
    listening: list[str] = []
    phone.on("request", lambda request: listening.append(request.url) if request.url.endswith("/events") else None)
    pages = [await phone.new_page() for _ in range(7)]
    for page in pages:
        await page.goto(order.page("/success"))
    await shop.pay(order)
    for page in pages:
        await expect(page.locator(".qr")).to_have_count(2)
    assert len(listening) == 1


@pytest.mark.proves("W-1")
async def test_the_countdown_ends_in_choosing_again(phone: BrowserContext, shop: Shop) -> None:
    order = await shop.buy()
    page = await phone.new_page()
    await page.clock.install()
    await page.goto(order.page("/cancel"))
    left = int(await page.locator("[data-countdown]").first.get_attribute("data-countdown") or 0)
    assert 300 < left <= 600
    await page.clock.run_for((left - 62) * 1000)
    await expect(page.locator("[data-lead]")).to_have_text("Your 2 seats are still yours for 1:02.")
    await page.clock.run_for(3_000)
    await expect(page.locator("[data-lead]")).to_contain_text("0:59")
    await expect(page.locator("[data-say]")).to_have_text("Your seats are held for 1 more minute.")
    await page.clock.run_for(60_000)
    await expect(page.locator("[data-lead]")).to_have_text("Your seats went back on sale. Choose again.")
    await expect(page.get_by_role("link", name="Continue to payment")).to_be_hidden()
    await expect(page.get_by_role("link", name="Choose again")).to_be_visible()


@pytest.mark.proves("W-3")
@pytest.mark.parametrize("name", ["list", "register", "success"])
async def test_nothing_shifts_or_sticks_out(browser: Browser, shop: Shop, paid: Bought, name: str) -> None:
    path = {"list": "/", "register": REGISTER, "success": paid.page("/success")}[name]
    page = await browser.new_page(base_url=shop.world.base)
    # Each look is the first one: what comes late shifts what is there.
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await page.add_init_script(
        "window.shift = 0; window.moved = []; "
        "new PerformanceObserver(list => list.getEntries().forEach(e => { window.shift += e.value; "
        "e.sources.forEach(s => window.moved.push([s.node?.textContent, s.previousRect, s.currentRect])); }))"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    for width in (320, 390, 1440):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(path, wait_until="load" if name == "success" else "networkidle")
        shift, sticks_out, moved = await page.evaluate(
            "[window.shift, document.documentElement.scrollWidth > innerWidth, JSON.stringify(window.moved)]"
        )
        assert shift < A_PIXEL, f"at {width} px: {moved}"
        assert not sticks_out, f"at {width} px"
    await page.close()


@pytest.mark.proves("W-3")
async def test_the_bar_is_as_high_while_it_is_half_read(phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.goto(REGISTER)
    heights = await page.locator("[data-bar]").evaluate(
        "bar => { const all = [bar.offsetHeight]; bar.querySelector('[data-pay]').remove();"
        " all.push(bar.offsetHeight); bar.querySelector('[data-note]').remove(); return [...all, bar.offsetHeight]; }"
    )
    assert len(set(heights)) == 1, heights
