"""The pages in a real browser: no axe violations, keyboard only, live price, tickets that appear by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from checkout.purchases.errors import SoldOut
from checkout.web.forms import EMAIL_NO_ENDING, NOT_A_MEMBER
from tests.fixtures.barriers import barriers
from tests.unit.checkout.web.shop import ORDER, TOKEN, FakeShop, purchase, unpaid

pytestmark = pytest.mark.browser

REGISTER = "/register?city=dallas-jan-2026"
SUCCESS = f"/success?order={ORDER}&token={TOKEN}"
CANCEL = f"/cancel?order={ORDER}&token={TOKEN}"

Scheme = Literal["light", "dark"]


@pytest.fixture
def phone(browser: Browser, served: str) -> Iterator[BrowserContext]:
    """A phone-sized context whose scripts must not fail."""
    context = browser.new_context(base_url=served, viewport={"width": 390, "height": 844})
    context.set_default_timeout(10_000)
    faults: list[str] = []
    context.on("weberror", lambda fault: faults.append(str(fault.error)))
    context.on("console", lambda message: faults.append(message.text) if "Security Policy" in message.text else None)
    yield context
    context.close()
    assert faults == []


def fill(page: Page) -> None:
    for name, value in (
        ("First name", "Jordan"),
        ("Last name", "Ellis"),
        ("Email", "jordan.ellis@example.com"),
    ):
        page.get_by_label(name).fill(value)
    page.get_by_label("Your work").select_option("barber")


def pay(page: Page) -> None:
    """Press the button of the bar, or of the stub where there is no bar."""
    buttons = page.get_by_role("button", name="Go to payment")
    buttons.last.click()


@pytest.mark.proves("W-3")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_has_a_barrier(browser: Browser, served: str, shop: FakeShop, scheme: Scheme, width: int) -> None:
    context = browser.new_context(
        base_url=served, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for name, path, order in (
        ("list", "/", purchase()),
        ("register", REGISTER, purchase()),
        ("sold out", "/register?city=atlanta-feb-2026", purchase()),
        ("unknown", "/register?city=nowhere", purchase()),
        ("tickets", SUCCESS, purchase()),
        ("making", SUCCESS, unpaid()),
        ("turned back", CANCEL, unpaid()),
    ):
        shop.order = order
        page.goto(path)
        found[name] = barriers(page)
    page.goto(REGISTER)
    pay(page)
    expect(page.get_by_role("alert")).to_be_focused()
    found["with errors"] = barriers(page)
    context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proves("W-1")
def test_the_price_follows_the_choice_and_is_the_one_charged(phone: BrowserContext, shop: FakeShop) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    total = page.locator("#stub [data-total]")
    expect(total).to_have_text("$599.00")
    page.get_by_role("button", name="One seat more").click()
    page.get_by_label("I’m a 6FB member").check()
    expect(total).to_have_text("$958.40")
    expect(page.locator("#stub [data-lines]")).to_contain_text("Member price, 20% off")
    expect(page.locator("[data-bar] [data-note]")).to_have_text("2 × GA, Dallas")
    expect(page.locator(":text('Member price applied to both seats.')")).to_be_visible()
    expect(page.locator("[data-say]")).to_have_text("2 seats, $958.40 in all.")
    page.get_by_label("VIP").check()
    expect(total).to_have_text("$2,158.20")
    page.get_by_label("Discount code").fill("early10")
    page.get_by_role("button", name="Apply").click()
    expect(total).to_have_text("$1,942.38")
    fill(page)
    pay(page)
    page.wait_for_url("**/paying")
    ((selection, _, key),) = shop.starts
    assert (selection.tier, selection.quantity, selection.member, selection.code) == ("vip", 2, True, "early10")
    assert key


@pytest.mark.proves("C-3", "W-1")
def test_the_member_price_is_only_shown_to_whom_it_will_be_charged(phone: BrowserContext, shop: FakeShop) -> None:
    shop.roster = frozenset({"jordan.ellis@example.com"})
    page = phone.new_page()
    page.goto(REGISTER)
    page.get_by_label("I’m a 6FB member").check()
    total, email = page.locator("#stub [data-total]"), page.get_by_label("Email")
    expect(total).to_have_text("$479.20")
    email.fill("somebody@example.com")
    email.press("Tab")
    expect(page.get_by_text(NOT_A_MEMBER).first).to_be_visible()
    expect(total).to_have_text("$599.00")
    page.get_by_role("button", name="One seat more").click()
    expect(total).to_have_text("$1,198.00")
    expect(page.locator("#tier-ga ~ .tier-price [data-amount]")).to_have_text("$599.00")
    email.fill("jordan.ellis@example.com")
    email.press("Tab")
    expect(page.get_by_text("On the member list. Tickets go here.")).to_be_visible()
    expect(total).to_have_text("$958.40")
    assert barriers(page) == []


@pytest.mark.proves("W-1")
def test_the_stepper_stops_at_the_maximum_and_at_the_stock(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    more, seats = page.get_by_role("button", name="One seat more"), page.get_by_label("How many?")
    for _ in range(8):
        more.click(force=True)
    expect(seats).to_have_value("6")
    page.get_by_label("VIP").check()
    expect(seats).to_have_value("3")
    expect(more).to_have_attribute("aria-disabled", "true")
    seats.fill("99")
    seats.press("Tab")
    expect(seats).to_have_value("3")


@pytest.mark.proves("W-1", "W-3")
def test_a_field_is_checked_after_it_is_left_and_never_while_typing(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    email, fault = page.get_by_label("Email"), page.locator("#email-error")
    email.press_sequentially("jordan.ellis@example")
    expect(fault).to_be_hidden()
    email.press("Tab")
    expect(fault).to_have_text(EMAIL_NO_ENDING)
    expect(email).to_have_attribute("aria-describedby", "email-error")
    email.focus()
    email.press("End")
    email.press_sequentially(".com")
    expect(fault).to_be_hidden()


@pytest.mark.proves("W-1", "C-13")
def test_seats_that_went_meanwhile_are_told_and_what_was_typed_stays(phone: BrowserContext, shop: FakeShop) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    fill(page)
    shop.refusal = SoldOut(extra={"available": {"ga": 0, "vip": 3}})
    shop.stock = {
        "dallas-jan-2026": {**(shop.stock or {})["dallas-jan-2026"], "ga": (shop.stock or {})["phoenix-may-2026"]["ga"]}
    }
    pay(page)
    expect(page.get_by_role("alert")).to_contain_text(
        "Someone took the last GA seats a moment ago. 3 VIP seats are left"
    )
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("General Admission")).to_be_disabled()
    expect(page.get_by_label("First name")).to_have_value("Jordan")
    pay(page)
    expect(page.get_by_role("alert")).to_have_text(re.compile("Choose a seat."))
    page.get_by_label("VIP").check()
    shop.refusal = None
    pay(page)
    page.wait_for_url("**/paying")
    assert [selection.tier for selection, _, _ in shop.starts] == ["ga", "vip"]


@pytest.mark.proves("C-1")
def test_the_same_order_again_is_the_same_attempt(phone: BrowserContext, shop: FakeShop) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    fill(page)
    page.route("**/api/create-checkout-session", lambda route: route.abort(), times=1)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.headers["idempotency-key"]) if "session" in r.url else None)
    pay(page)
    expect(page.get_by_role("alert")).to_contain_text("We can’t reach the shop right now. Nothing was charged.")
    pay(page)
    page.wait_for_url("**/paying")
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert [key for _, _, key in shop.starts] == sent[:1]


@pytest.mark.proves("W-3")
def test_a_seat_is_bought_with_the_keyboard_alone(phone: BrowserContext, shop: FakeShop) -> None:
    page = phone.new_page()
    page.goto("/")

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(e => e.id || e.getAttribute('aria-label') || e.textContent.trim())(document.activeElement)"
            )
            if focused == name:
                return
        pytest.fail(f"the keyboard does not reach {name}")

    tab_to("Dallas")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register**")
    tab_to("tier-ga")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("VIP")).to_be_checked()
    tab_to("One seat more")
    page.keyboard.press("Space")
    tab_to("member")
    page.keyboard.press("Space")
    for name, typed in (
        ("first_name", "Jordan"),
        ("last_name", "Ellis"),
        ("email", "jordan.ellis@example.com"),
        ("phone", "(214) 555-0137"),
        ("business_type", "Barber"),
    ):
        tab_to(name)
        page.keyboard.type(typed)
    tab_to("Go to payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/paying")
    ((selection, buyer, _),) = shop.starts
    assert (selection.tier, selection.quantity, selection.member) == ("vip", 2, True)
    assert buyer.business_type == "barber"


@pytest.mark.proves("W-3")
def test_enter_in_a_field_pays_and_not_the_code_button(phone: BrowserContext, shop: FakeShop) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    fill(page)
    page.get_by_label("Email").press("Enter")
    page.wait_for_url("**/paying")
    assert len(shop.starts) == 1


@pytest.mark.proves("W-1")
def test_a_seat_is_bought_without_javascript(browser: Browser, served: str, shop: FakeShop) -> None:
    context = browser.new_context(base_url=served, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Dallas").click()
    fill(page)
    page.get_by_label("How many?").fill("2")
    page.get_by_label("I’m a 6FB member").check()
    page.get_by_role("button", name="Update price").click()
    expect(page.locator("#stub [data-total]")).to_have_text("$958.40")
    expect(page.get_by_role("button", name="One seat more")).to_be_hidden()
    page.get_by_role("button", name="Go to payment").click()
    page.wait_for_url("**/paying")
    ((selection, buyer, _),) = shop.starts
    assert (selection.quantity, selection.member, buyer.first_name) == (2, True, "Jordan")
    context.close()


@pytest.mark.proves("W-1")
def test_the_bar_leaves_when_the_stub_is_in_view(phone: BrowserContext) -> None:
    page = phone.new_page()
    page.goto(REGISTER)
    bar = page.locator("[data-bar]")
    expect(bar).to_be_visible()
    page.locator("#stub").scroll_into_view_if_needed()
    expect(bar).to_be_hidden()
    page.evaluate("scrollTo(0, 0)")
    expect(bar).to_be_visible()


@pytest.mark.proves("W-1", "C-6")
def test_the_tickets_appear_without_a_reload_and_nothing_moves(phone: BrowserContext, shop: FakeShop) -> None:
    shop.order = unpaid()
    page = phone.new_page()
    page.goto(SUCCESS)
    page.evaluate("window.stayed = true")
    expect(page.get_by_text("Payment received. Making your tickets…").first).to_be_visible()
    places = "[...document.querySelectorAll('.ticket, .actions')].map(e => e.getBoundingClientRect().top)"
    before = page.evaluate(places)
    shop.becomes(purchase())
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re in.")
    expect(page.locator(".qr")).to_have_count(2)
    expect(page.locator("[data-say]")).to_have_text("You’re in. Your tickets are here.")
    assert page.evaluate("window.stayed")
    assert page.evaluate(places) == before
    box = page.locator(".qr").first.bounding_box()
    assert box is not None
    assert box["width"] >= 200


@pytest.mark.proves("W-1")
def test_the_countdown_ends_in_choosing_again(phone: BrowserContext, shop: FakeShop) -> None:
    shop.order = unpaid(hold_seconds=62)
    page = phone.new_page()
    page.clock.install()
    page.goto(CANCEL)
    expect(page.locator("[data-lead]")).to_have_text("Your 2 seats are still yours for 1:02.")
    page.clock.run_for(3_000)
    expect(page.locator("[data-lead]")).to_contain_text("0:59")
    expect(page.locator("[data-say]")).to_have_text("Your seats are held for 1 more minute.")
    page.clock.run_for(60_000)
    expect(page.locator("[data-lead]")).to_have_text("Your seats went back on sale. Choose again.")
    expect(page.get_by_role("link", name="Continue to payment")).to_be_hidden()
    expect(page.get_by_role("link", name="Choose again")).to_be_visible()


@pytest.mark.proves("W-3")
@pytest.mark.parametrize("path", ["/", REGISTER, SUCCESS])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_nothing_shifts_or_sticks_out(browser: Browser, served: str, path: str, width: int) -> None:
    context = browser.new_context(base_url=served, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.add_init_script(
        "window.shift = 0; "
        "new PerformanceObserver(list => list.getEntries().forEach(e => { window.shift += e.value; }))"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(path, wait_until="networkidle" if path != SUCCESS else "load")
    assert page.evaluate("window.shift") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
