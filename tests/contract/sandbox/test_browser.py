"""The pages in a real browser: paying, a hostile mail, and what a phone and a screen reader need."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, Route, ViewportSize
from sendgrid.helpers.mail import Mail

from sandbox.square.state import PERSONAL, SELLERS
from tests.contract.sandbox.on_call import page_on_call, post_to_chat
from tests.contract.sandbox.support import OUR_NUMBER, PAYPAL_CLIENT_ID, SQUARE_APPLICATION, STRIPE_CLIENT_ID, Running
from tests.unit.pages.boxes import sweep

pytestmark = [pytest.mark.browser, pytest.mark.proves("S-3")]

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1389, "height": 868}


def _hostile_mail(sandbox: Running) -> None:
    html = '<p id="seen">You are in.</p><script>document.body.innerHTML="run"</script><img src=x onerror="alert(1)">'
    sandbox.sendgrid.send(Mail("tickets@example.com", "jordan.ellis@example.com", "Your seats", "You are in.", html))


def test_paying_ends_at_the_shop_without_javascript(sandbox: Running, browser: Browser) -> None:
    shop = f"{sandbox.url}/readyz"
    session = sandbox.new_session(success_url=shop + "?session={CHECKOUT_SESSION_ID}", cancel_url=shop)
    page = browser.new_context(java_script_enabled=False, viewport=DESKTOP).new_page()
    page.goto(f"{sandbox.url}/pay/{session.id}")
    page.get_by_label("Declined, not enough funds").check()
    page.get_by_role("button", name="Pay $958.40 in the sandbox").click()
    assert "insufficient funds" in page.get_by_role("alert").inner_text()
    page.get_by_label("Asks for authentication").check()
    page.get_by_role("button", name="Pay $958.40 in the sandbox").click()
    page.get_by_role("button", name="Approve").click()
    assert page.url == f"{shop}?session={session.id}"
    sandbox.receiver.wait_for_stripe("checkout.session.completed")


def test_a_mail_can_run_nothing(sandbox: Running, browser: Browser) -> None:
    _hostile_mail(sandbox)
    page, dialogs = browser.new_context(viewport=DESKTOP).new_page(), []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(f"{sandbox.url}/messages")
    assert page.frame_locator("iframe").locator("#seen").inner_text() == "You are in."
    assert dialogs == []


def test_a_phone_opens_at_its_newest_text(sandbox: Running, browser: Browser) -> None:
    for number in range(40):
        sandbox.twilio.messages.create(to="+13525550142", from_=OUR_NUMBER, body=f"Sold: {number} GA, Dallas")
    for viewport in (PHONE, DESKTOP):
        page = browser.new_context(viewport=viewport).new_page()
        page.goto(f"{sandbox.url}/messages")
        texts = page.get_by_role("group", name="Texts")
        edge, newest = texts.bounding_box(), page.get_by_text("Sold: 39 GA").last.bounding_box()
        assert edge is not None
        assert newest is not None
        assert edge["y"] <= newest["y"] <= edge["y"] + edge["height"]
        assert _problems(page) == []


def _problems(page: Page) -> list[str]:
    found = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in Axe().run(page).response["violations"]]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{overflow} px too wide"] if overflow > 0 else found


def _filled(sandbox: Running) -> list[str]:
    """Every page, each with something to show."""
    session = sandbox.new_session()
    declined = sandbox.new_session()
    sandbox.pay(declined.id, "4000000000000002")
    sandbox.twilio.messages.create(to="+13525550142", from_=OUR_NUMBER, body="Sold: 2 GA, Dallas, $958.40")
    sandbox.control("POST", "twilio/reply", {"from": "+13525550142", "body": "ACK 4471"})
    _hostile_mail(sandbox)
    sandbox.fault(vendor="twilio", operation="messages.create", kind="error", share=0.1)
    post_to_chat(sandbox)
    page_on_call(sandbox)
    messages = ("/messages", "/messages?view=source", "/chat", "/pager")
    return [
        f"/pay/{session.id}",
        "/payments",
        *_of_square(sandbox),
        *_of_paypal(sandbox),
        _of_stripe(sandbox),
        *messages,
        "/control",
        "/nowhere",
    ]


def _of_square(sandbox: Running) -> list[str]:
    """A payment link, and the question whether an application may use an account."""
    seller = next(iter(SELLERS.values()))
    price: Any = {"amount": 4_500, "currency": "USD"}
    made = sandbox.http.post(
        f"{sandbox.url}/square/v2/online-checkout/payment-links",
        json={"quick_pay": {"name": "Haircut", "price_money": price, "location_id": seller.location_id}},
        headers={"authorization": f"Bearer {PERSONAL}{seller.short}"},
    )
    asked = {"client_id": SQUARE_APPLICATION, "scope": "PAYMENTS_WRITE", "redirect_uri": f"{sandbox.url}/readyz"}
    return [f"/pay/square/{made.json()['payment_link']['id']}", f"/connect/square?{urlencode(asked)}"]


def _of_stripe(sandbox: Running) -> str:
    """The question whether our platform may use an account."""
    asked = {"client_id": STRIPE_CLIENT_ID, "response_type": "code", "redirect_uri": f"{sandbox.url}/readyz"}
    return f"/connect/stripe?{urlencode(asked)}"


def _of_paypal(sandbox: Running) -> list[str]:
    """An order that waits for its buyer, and the question whether an application may use an account."""
    made, base = sandbox.control("POST", "paypal/apps"), f"{sandbox.url}/paypal"
    credentials = (made["clientId"], made["clientSecret"])
    tokens = sandbox.http.post(f"{base}/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=credentials)
    unit: Any = {"amount": {"currency_code": "USD", "value": "45.00"}, "description": "Haircut"}
    order = sandbox.http.post(
        f"{base}/v2/checkout/orders",
        json={"intent": "CAPTURE", "purchase_units": [unit]},
        headers={"authorization": f"Bearer {tokens.json()['access_token']}"},
    )
    asked = {"client_id": PAYPAL_CLIENT_ID, "response_type": "code", "scope": "openid", "redirect_uri": sandbox.url}
    return [f"/checkoutnow?token={order.json()['id']}", f"/signin/authorize?{urlencode(asked)}"]


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"])
def test_every_page_can_be_read(
    sandbox: Running, browser: Browser, viewport: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()
    for path in _filled(sandbox):
        page.goto(sandbox.url + path)
        assert _problems(page) == [], path


def test_every_page_fits_every_width(sandbox: Running, browser: Browser) -> None:
    """The pages refuse to be framed, which is how they are measured: here alone the browser doesn't hear of it."""
    context = browser.new_context()
    context.route(f"{sandbox.url}/**", _without_policy)
    page = context.new_page()
    page.goto(f"{sandbox.url}/readyz")
    found = {path: sweep(page, path) for path in _filled(sandbox)}
    assert {path: faults for path, faults in found.items() if faults} == {}


def _without_policy(route: Route) -> None:
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)
