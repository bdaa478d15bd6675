"""Buying in a real browser: by keyboard alone, without scripts, in Spanish; tickets that appear by themselves."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from events import ActivityWebVital, OrderState
from tests.integration.checkout.web.browsing import REGISTER, at_payment, barriers, fill, pay
from tests.integration.checkout.web.buyer import PAY
from tests.integration.checkout.web.shop import DALLAS, Bought, Shop

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

# A line moves so much when its font comes late on a slow machine: a hundredth of what counts as good.
A_PIXEL = 0.001


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
