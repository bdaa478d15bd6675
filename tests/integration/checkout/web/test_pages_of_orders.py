"""The pages of those who have bought, over HTTP, as a browser without JavaScript uses them."""

from __future__ import annotations

import asyncio
import html
import re
from uuid import UUID

import aiohttp
import pytest

from checkout.orders.access import order_cookie
from events import CustomerPurchasesRequested
from tests.integration.checkout.web.answers import FOREIGN_PAGE, OUR_PAGE, status_of, text_of
from tests.integration.checkout.web.shop import (
    DALLAS,
    WITHDRAWN,
    Bought,
    Shop,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.proves("C-6")
async def test_the_token_becomes_a_cookie_and_leaves_the_address(visitor: aiohttp.ClientSession, paid: Bought) -> None:
    first = await visitor.get(paid.page("/success"), allow_redirects=False)
    assert await status_of(first) == 303
    assert first.headers["Location"] == f"/success?order={paid.order_id}"
    cookie = first.headers["Set-Cookie"]
    assert cookie.startswith(f"{order_cookie(UUID(paid.order_id))}={paid.token}; HttpOnly; Max-Age=")
    assert "SameSite=lax" in cookie
    page = await text_of(await visitor.get(first.headers["Location"]))
    assert paid.token not in page
    assert page.count('class="qr"') == 2
    assert f'href="/api/orders/{paid.order_id}/calendar.ics"' in page


@pytest.mark.proves("C-6")
async def test_an_address_with_an_empty_token_takes_no_cookie_away(
    visitor: aiohttp.ClientSession, paid: Bought
) -> None:
    assert await status_of(await visitor.get(paid.page("/success"))) == 200
    empty = await visitor.get(f"/success?order={paid.order_id}&token=")
    assert "You’re in." in await text_of(empty)
    assert await status_of(await visitor.get(f"/success?order={paid.order_id}")) == 200


@pytest.mark.proves("X-4", "C-6")
@pytest.mark.parametrize(
    "query",
    [
        "order={order}",
        "order={order}&token=guessed",
        "order=0197e1c2-0000-7000-8000-000000000000&token={token}",
        "order=%22%0d%0aSet-Cookie&token=x",
        "",
    ],
)
async def test_an_order_without_its_token_can_not_be_told_from_none(
    visitor: aiohttp.ClientSession, paid: Bought, query: str
) -> None:
    for path in ("/success", "/cancel"):
        address = f"{path}?{query.format(order=paid.order_id, token=paid.token)}"
        page = await text_of(await visitor.get(address), 404)
        assert "We can’t show that order here." in page
        assert "Jordan" not in page


@pytest.mark.proves("W-1")
async def test_without_javascript_the_page_refreshes_itself_and_counts_the_wait(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    order = await shop.buy()
    page = await text_of(await visitor.get(order.page("/success")))
    assert f'content="5; url=/success?order={order.order_id}&amp;waited=5"' in page
    assert "Checking your payment …" in page
    assert "Payment received" not in page
    page = await text_of(await visitor.get(f"/success?order={order.order_id}&waited=60"))
    assert "This takes longer than usual. Nothing is lost." in page
    assert f'Not paid yet? <a href="/cancel?order={order.order_id}">Go on to payment</a>.' in page


@pytest.mark.proves("N-11", "W-1")
async def test_a_buyer_has_the_email_sent_again_now_and_then(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    order = await shop.buy()
    page = await text_of(await visitor.get(order.page("/success")))
    assert "Send the email again" not in page
    form = {"order": order.order_id}
    assert "a moment ago" not in await text_of(await visitor.post("/success", data=form, headers=OUR_PAGE))
    assert "order.tickets_requested" not in await shop.world.told(order.order_id)
    await shop.pay(order)
    assert "Send the email again" in await text_of(await visitor.get(f"/success?order={order.order_id}"))
    pressed = await asyncio.gather(*(visitor.post("/success", data=form, headers=OUR_PAGE) for _ in range(3)))
    said = sorted(["Sent again." in await text_of(each) for each in pressed])
    assert said == [False, False, True]
    assert "We sent it a moment ago." in await text_of(await visitor.post("/success", data=form, headers=OUR_PAGE))
    assert (await shop.world.told(order.order_id)).count("order.tickets_requested") == 1
    await text_of(await visitor.post("/success", data=form, headers={"Origin": "https://elsewhere.example"}), 403)


FIND = "/find-my-purchase"


async def look_for(visitor: aiohttp.ClientSession, email: str) -> str:
    return await text_of(await visitor.post(FIND, data={"email": email}, headers=OUR_PAGE))


@pytest.mark.proves("W-1", "C-11")
async def test_who_looks_for_purchases_hears_the_same_whatever_was_bought(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    await shop.paid()
    assert "Send me the link" in await text_of(await visitor.get(FIND))
    known = [await look_for(visitor, shop.world.email.upper()) for _ in range(2)]
    assert {*known, await look_for(visitor, f"nobody-{shop.world.email}")} == {known[0]}
    assert "If we have a purchase or a ticket for this address, a link is on its way." in known[0]
    (told,) = await links_of(shop, shop.world.email)
    assert told.first_name == "Jordan"
    nobodys = await visitor.post(FIND, data={"email": "jo@example"}, headers=OUR_PAGE)
    assert "The part after @ has no ending." in await text_of(nobodys, 422)
    elsewhere = {"Origin": "https://elsewhere.example"}
    await text_of(await visitor.post(FIND, data={"email": shop.world.email}, headers=elsewhere), 403)


@pytest.mark.proves("W-1")
async def test_the_link_shows_what_the_address_has_bought_until_it_ends(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    paid = await shop.paid()
    await asyncio.gather(*(look_for(visitor, shop.world.email) for _ in range(3)))
    (told,) = await links_of(shop, shop.world.email)
    await text_of(await visitor.get(f"{FIND}?found=yes"), 410)
    page = await text_of(await visitor.get(told.link))
    assert "2 seats in Dallas" in page
    order = re.search(rf'href="([^"]*/success\?order={paid.order_id}&amp;token=[^"]+)"', page)
    assert order
    assert "You’re in." in await text_of(await visitor.get(html.unescape(order[1])))
    ended = await text_of(await visitor.get(f"{FIND}?token=forged"), 410)
    assert "That link has ended, or is not whole." in ended


async def links_of(shop: Shop, email: str) -> list[CustomerPurchasesRequested]:
    """The links that were sent to an address."""
    database = shop.world.database
    customer = await database.fetchval("SELECT customer_id FROM customers WHERE email_key = $1", email)
    return [event for event in await shop.world.events(str(customer)) if isinstance(event, CustomerPurchasesRequested)]


@pytest.mark.proves("W-1", "C-1")
async def test_turning_back_offers_to_go_on_or_to_let_go(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    order = await shop.buy()
    page = await text_of(await visitor.get(order.page("/cancel")))
    assert f'href="{order.url}"' in page
    page = await text_of(await visitor.post("/cancel", data={"order": order.order_id}, headers=OUR_PAGE))
    assert await shop.world.state(order.order_id) == "expired"
    assert "Your seats went back on sale. Choose again." in page


@pytest.mark.proves("C-11")
@pytest.mark.parametrize("sent", [{}, {"Origin": "null"}, {"Origin": "https://elsewhere.example"}, FOREIGN_PAGE])
async def test_no_other_page_lets_seats_go(visitor: aiohttp.ClientSession, shop: Shop, sent: dict[str, str]) -> None:
    order = await shop.buy()
    await text_of(await visitor.get(order.page("/cancel")))
    await text_of(await visitor.post("/cancel", data={"order": order.order_id}, headers=sent), 403)
    assert await shop.world.state(order.order_id) == "awaiting_payment"


@pytest.mark.proves("C-13", "W-1")
async def test_seats_that_can_not_be_let_go_now_are_told_on_a_page(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    order = await shop.buy()
    await text_of(await visitor.get(order.page("/cancel")))
    await shop.world.fault(kind="error", operation="checkout.sessions.expire", status=400, share=1.0)
    try:
        refused = await visitor.post(
            "/cancel", data={"order": order.order_id}, headers={"Accept": "text/html", **OUR_PAGE}
        )
        assert "The payment processor is busy." in await text_of(refused, 503)
    finally:
        await shop.world.clear_faults()
    assert await shop.world.state(order.order_id) == "awaiting_payment"


@pytest.mark.proves("C-11")
async def test_nobody_else_lets_the_seats_go(shop: Shop) -> None:
    order = await shop.buy()
    form = {"order": order.order_id}
    async with aiohttp.ClientSession(shop.world.base) as stranger:
        assert await status_of(await stranger.post("/cancel", data=form, headers=OUR_PAGE)) == 404
    assert await shop.world.state(order.order_id) == "awaiting_payment"


@pytest.mark.proves("W-1")
async def test_a_paid_order_has_nothing_to_cancel(visitor: aiohttp.ClientSession, paid: Bought) -> None:
    answer = await visitor.get(paid.page("/cancel"))
    assert await status_of(answer) == 200
    assert answer.url.path == "/success"


@pytest.mark.proves("C-2", "W-1")
async def test_an_order_stays_reachable_when_its_city_is_sold_no_more(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    order = await shop.buy(city=WITHDRAWN)
    await shop.pay(order)
    await shop.offer(without=WITHDRAWN)
    try:
        page = await text_of(await visitor.get(f"/register?city={WITHDRAWN}"), 404)
        assert "Los Angeles is not sold any more." in page
        assert "You’re in." in await text_of(await visitor.get(order.page("/success")))
    finally:
        await shop.offer()


@pytest.mark.proves("C-2", "W-1", "I-1")
async def test_a_tier_that_is_sold_no_more_keeps_its_orders_and_closes_its_pool(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    paid, unpaid = [await shop.buy(city=WITHDRAWN, tier="VIP", quantity=1) for _ in range(2)]
    await shop.pay(paid)
    await shop.offer(without=WITHDRAWN, tier="vip")
    try:
        page = await text_of(await visitor.get(f"/register?city={WITHDRAWN}&tier=vip"))
        assert 'value="ga"' in page
        assert 'value="vip"' not in page
        refused = await shop.world.buy(cityId=WITHDRAWN, ticketType="VIP")
        assert (refused.status, refused.body["fields"]) == (422, {"ticketType": "Choose GA."})
        page = await text_of(await visitor.get(paid.page("/success")))
        assert 'class="accent">VIP<' in page
        assert await status_of(await visitor.get(f"/api/orders/{paid.order_id}/calendar.ics")) == 200
        assert "Continue to payment" in await text_of(await visitor.get(unpaid.page("/cancel")))
        await shop.until_closed(WITHDRAWN, "vip")
    finally:
        await shop.offer()


@pytest.mark.proves("C-10", "X-5")
async def test_what_browsers_tell_is_told_on_as_far_as_it_is_ours(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    told = [
        {"type": "web_vital", "page": "register", "name": "FID", "value": 3},
        {"type": "page_view", "page": "register", "cityId": "atlantis"},
        {"type": "ticket_selected", "cityId": DALLAS, "ticketType": "VIP"},
    ]
    async with shop.visits() as heard:
        answer = await visitor.post("/api/activity", json={"visitorId": "4f-a0-17-9c", "events": told})
        assert await status_of(answer) == 202
        (event,) = await heard(1)
    assert event.model_dump(include={"visitor_id", "city_id", "tier"}) == {
        "visitor_id": "4f-a0-17-9c", "city_id": DALLAS, "tier": "vip",
    }  # fmt: skip
    for wrong in ({"visitorId": "j@example.com", "events": told}, {"visitorId": "4f-a0-17-9c", "events": 7 * told}):
        assert await status_of(await visitor.post("/api/activity", json=wrong)) == 422


@pytest.mark.proves("C-10")
async def test_a_buyer_says_how_it_was_and_calls_for_help_without_javascript(
    visitor: aiohttp.ClientSession, paid: Bought
) -> None:
    page = await text_of(await visitor.get(paid.page("/success")))
    assert "How was buying your tickets?" in page
    none = await visitor.post("/feedback", data={"order": paid.order_id}, headers=OUR_PAGE)
    assert "Choose a number from 1 to 5." in await text_of(none)
    said = {"order": paid.order_id, "score": "5", "text": "Quick."}
    assert await status_of(await visitor.post("/feedback", data=said, headers=FOREIGN_PAGE)) == 403
    assert "Thank you for telling us" in await text_of(await visitor.post("/feedback", data=said, headers=OUR_PAGE))
    about = await text_of(await visitor.get(f"/support?order={paid.order_id}"))
    assert "This is about order" in about
    asked = {"order": paid.order_id, "kind": "refund", "text": "I can’t come."}
    answer = await text_of(await visitor.post("/support", data=asked, headers=OUR_PAGE))
    assert "A person reads it and answers to" in answer
    wrong = await text_of(await visitor.post("/support", data={"email": "jo@example"}, headers=OUR_PAGE), 422)
    assert all(said in wrong for said in ("Choose what it is about.", "has no ending", "Write what you need."))


@pytest.mark.proves("W-3")
async def test_static_files_are_kept_for_good_and_scripts_are_small(
    visitor: aiohttp.ClientSession, paid: Bought
) -> None:
    for path in ("/", "/register", paid.page("/success")):
        page = await text_of(await visitor.get(path))
        scripts = re.findall(r'<script type="module" src="([^"]+)"', page)
        sizes = []
        for address in scripts + re.findall(r'<link rel="(?:stylesheet|preload|icon)" href="([^"]+)"', page):
            file = await visitor.get(address)
            assert await status_of(file) == 200
            assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            sizes.append(len(await file.read()) if address in scripts else 0)
        assert sum(sizes) < 100_000
        assert not re.search(r"<script(?! type=\"module\" src=)|<style|\sstyle=|\son\w+=", page)
