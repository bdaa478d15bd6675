"""The pages over HTTP, as a browser without JavaScript uses them."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from checkout.orders.access import order_cookie
from checkout.web.forms import PHONE_UNREADABLE
from events import CustomerPurchasesRequested, OrderState
from tests.fixtures.ports import free_port
from tests.fixtures.serving import fresh_connections
from tests.integration.checkout.web.shop import (
    DALLAS,
    FEW,
    MEMBER,
    SELLS_OUT,
    SOLD_OUT,
    WITHDRAWN,
    Bought,
    Shop,
    listed,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPED = {
    "city": DALLAS,
    "tier": "ga",
    "quantity": "2",
    "member": "1",
    "first_name": "Jordan",
    "last_name": "O'Ellis & Co <b>",
    "email": MEMBER,
    "phone": "(214) 555-0137",
    "business_type": "barber",
    "code": "",
}
OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
FOREIGN_PAGE = {"Sec-Fetch-Site": "cross-site"}
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(shop: Shop) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that keeps cookies."""
    async with aiohttp.ClientSession(
        shop.world.base, cookie_jar=aiohttp.CookieJar(unsafe=True), connector=fresh_connections()
    ) as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def paid(shop: Shop) -> Bought:
    """Somebody's paid order."""
    return await shop.paid()


async def status_of(response: aiohttp.ClientResponse) -> int:
    await response.read()
    return response.status


async def text_of(response: aiohttp.ClientResponse, status: int = 200) -> str:
    text = await response.text()
    assert response.status == status, text
    return text


def attempt_of(page: str) -> str:
    found = re.search(r'name="attempt" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.proves("W-1")
async def test_the_list_names_every_city_with_what_is_left(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.get("/"))
    assert re.findall(r'href="/register\?city=([^"]+)"', page) == listed()
    assert "3 of 3 seats left" in page
    assert "Sold out" in page


@pytest.mark.proves("W-1")
async def test_an_address_without_a_city_shows_the_next_workshop(visitor: aiohttp.ClientSession) -> None:
    assert ">Dallas</h1>" in await text_of(await visitor.get("/register"))


@pytest.mark.proves("X-4")
async def test_an_unknown_city_is_told_in_words(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.get("/register?city=%3Cscript%3E"), 404)
    assert "We don’t know that workshop." in page
    assert "<script>" not in page


@pytest.mark.proves("W-1")
async def test_with_inventory_away_the_pages_say_so_and_work(shop: Shop) -> None:
    async with (
        shop.beside(INVENTORY_URL=f"http://127.0.0.1:{free_port()}") as address,
        aiohttp.ClientSession(address) as visitor,
    ):
        for path in ("/", "/register"):
            page = await text_of(await visitor.get(path))
            assert "We can’t see how many seats are left right now." in page


@pytest.mark.proves("W-1")
async def test_update_price_prices_on_the_server_and_keeps_what_was_typed(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "price", "code": "early10"}))
    assert "Code EARLY10" in page
    assert "$862.56" in page
    assert 'value="O&#39;Ellis &amp; Co &lt;b&gt;"' in page
    assert f'value="{MEMBER}"' in page
    assert re.search(r'<option value="barber" selected>', page)


@pytest.mark.proves("W-1")
async def test_a_code_that_does_not_count_says_why_below_it(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "price", "code": "never"}))
    assert re.search(r'id="code-error">.*We don’t know this code\.', page)
    assert "$958.40" in page


@pytest.mark.proves("W-1", "C-1")
async def test_paying_without_javascript_leads_to_the_processor(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    page = await text_of(await visitor.get("/register"))
    page = await text_of(
        await visitor.post("/register", data=TYPED | {"action": "pay", "attempt": attempt_of(page), "code": "early10"})
    )
    found = REFRESH.search(page)
    assert found
    assert html.unescape(found[1]).startswith(f"{shop.world.sandbox}/pay/")
    assert re.search(r"Your seats are held for (10:00|9:5\d)\.", page)
    (order,) = await shop.orders_of(MEMBER)
    assert (order.line.tier, order.line.quantity, order.member, order.amount) == ("ga", 2, True, 86256)
    assert (order.customer.last_name, order.business_type) == ("O'Ellis & Co <b>", "barber")


@pytest.mark.proves("C-1", "W-1")
async def test_a_mobile_number_that_cant_be_read_is_asked_about_and_sells_all_the_same(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    """The form, and the API of the script, keep the order without it."""
    form = TYPED | {"email": "mobile@example.com", "member": "", "phone": "ask at the desk"}
    assert PHONE_UNREADABLE in await text_of(await visitor.post("/register", data=form | {"action": "price"}))
    assert REFRESH.search(await text_of(await visitor.post("/register", data=form | {"action": "pay"})))
    customer = {**shop.world.wish()["customerData"], "email": "mobile@example.com", "phone": "ask at the desk"}
    assert (await shop.world.buy(cityId=DALLAS, customerData=customer)).status == 200
    assert [order.customer.phone for order in await shop.orders_of("mobile@example.com")] == [None, None]


@pytest.mark.proves("C-1")
async def test_the_same_form_twice_is_one_order(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    form = TYPED | {"action": "pay", "email": "twice@example.com", "member": "", "attempt": "twice-1"}
    first, second = [REFRESH.findall(await text_of(await visitor.post("/register", data=form))) for _ in range(2)]
    assert first == second
    assert len(await shop.orders_of("twice@example.com")) == 1
    page = await text_of(await visitor.post("/register", data=form | {"quantity": "1"}), 422)
    assert "This page was sent before with other details." in page


@pytest.mark.proves("C-1")
async def test_the_form_of_a_paid_order_leads_to_the_order(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    form = TYPED | {"action": "pay", "email": "again@example.com", "member": "", "attempt": "paid-1"}
    await text_of(await visitor.post("/register", data=form))
    (order,) = await shop.orders_of("again@example.com")
    await shop.pay(await shop.known(order))
    answer = await visitor.post("/register", data=form)
    assert "You’re in." in await text_of(answer)
    assert (answer.url.path, answer.url.query["order"]) == ("/success", str(order.order_id))


@pytest.mark.proves("C-1", "W-1")
async def test_a_price_that_is_not_the_one_shown_is_told_before_payment(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    email = "priced@example.com"
    form = TYPED | {"action": "pay", "email": email, "member": "", "expected": "99800"}
    page = await text_of(await visitor.post("/register", data=form), 409)
    assert "The price is $1,198.00 now, not $998.00. Nothing was charged." in page
    assert 'name="expected" value="119800"' in page
    assert await shop.orders_of(email) == []
    form |= {"expected": "119800", "attempt": attempt_of(page)}
    assert REFRESH.search(await text_of(await visitor.post("/register", data=form)))


@pytest.mark.proves("W-1", "C-1")
async def test_who_comes_back_from_payment_sees_the_own_hold_and_the_next_try_takes_its_place(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    email = "back@example.com"
    form = TYPED | {"action": "pay", "email": email, "member": "", "tier": "vip"}
    await text_of(await visitor.post("/register", data=form | {"quantity": "3", "attempt": "back-1"}))
    page = await text_of(await visitor.get(f"/register?city={DALLAS}"))
    (first,) = await shop.orders_of(email)
    assert "You have 3 seats in Dallas held until" in page
    assert f'href="/pay?order={first.order_id}"' in page
    onward = await visitor.get(f"/pay?order={first.order_id}", allow_redirects=False)
    assert onward.headers["Location"].startswith(f"{shop.world.sandbox}/pay/")
    # All three VIP seats are held by the first try: the second one can only have them in its place.
    await text_of(await visitor.post("/register", data=form | {"quantity": "2", "attempt": "back-2"}))
    second, first = await shop.orders_of(email)
    assert (first.state, second.state) == (OrderState.EXPIRED, OrderState.AWAITING_PAYMENT)
    assert f'href="/pay?order={second.order_id}"' in await text_of(await visitor.get(f"/register?city={DALLAS}"))
    await text_of(await visitor.post("/cancel", data={"order": str(second.order_id)}, headers=OUR_PAGE))
    assert await shop.world.state(str(second.order_id)) == "expired"
    assert "held until" not in await text_of(await visitor.get(f"/register?city={DALLAS}"))


@pytest.mark.proves("W-1", "C-6")
async def test_on_to_payment_leads_to_where_the_order_stands(
    visitor: aiohttp.ClientSession, shop: Shop, paid: Bought
) -> None:
    assert await status_of(await visitor.get(f"/pay?order={paid.order_id}")) == 404
    await text_of(await visitor.get(paid.page("/success")))
    answer = await visitor.get(f"/pay?order={paid.order_id}")
    assert (await status_of(answer), answer.url.path) == (200, "/success")


@pytest.mark.proves("W-1")
async def test_what_is_missing_comes_back_with_a_summary_and_no_order(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    page = await text_of(
        await visitor.post("/register", data=TYPED | {"action": "pay", "email": "jordan@example"}), 422
    )
    assert '<a href="#email">The part after @ has no ending.' in page
    assert 'aria-invalid="true"' in page
    assert await shop.orders_of("jordan@example") == []


@pytest.mark.proves("W-1", "C-13")
async def test_refusals_of_the_purchase_are_told_on_the_page(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    await shop.buy(city=SELLS_OUT, tier="GA", quantity=2)
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "pay", "city": SELLS_OUT}), 409)
    assert "Someone took the last GA seats a moment ago. 20 VIP seats are left." in page
    assert re.search(r'id="tier-ga"[^>]+ disabled', page)
    assert " checked" not in page.split("tier-vip-more")[0]
    assert "data-total>–<" in page
    page = await text_of(
        await visitor.post("/register", data=TYPED | {"action": "pay", "email": "jordan.@example.com"}), 422
    )
    assert '<a href="#email">Write an email address such as name@example.com.</a>' in page


@pytest.mark.proves("I-10", "W-1")
async def test_who_waits_joins_looks_takes_the_offer_and_pays_on_pages(
    visitor: aiohttp.ClientSession, shop: Shop
) -> None:
    everything = await shop.buy(city=FEW, quantity=3)
    typed = {"city": FEW, "tier": "ga", "quantity": "1", "first_name": "Jordan", "email": "line@example.com"}
    assert "Wait for a seat." in await text_of(await visitor.get("/waitlist", params={"city": FEW}))
    missing = await text_of(await visitor.post("/waitlist", data={**typed, "first_name": ""}), status=422)
    assert "Write your first name." in missing
    there_are = await text_of(await visitor.post("/waitlist", data={**typed, "tier": "vip"}), status=409)
    assert f"/register?city={FEW}&amp;tier=vip&amp;quantity=1" in there_are
    assert "You are in line." in await text_of(await visitor.post("/waitlist", data=typed))
    link = await shop.link_of(typed["email"])
    assert "Nobody is ahead of you." in await text_of(await visitor.get("/waitlist/place", params={"place": link}))
    await shop.give_back(everything)
    place = await text_of(await visitor.get("/waitlist/place", params={"place": link}))
    found = re.search(r'href="(/register[^"]+)"', place)
    assert found
    offered = await text_of(await visitor.get(html.unescape(found[1])))
    assert f'name="place" value="{link}"' in offered
    bought = {**TYPED, **typed, "place": link, "action": "pay", "member": "", "attempt": attempt_of(offered)}
    assert REFRESH.search(await text_of(await visitor.post("/register", data=bought)))
    assert "You have taken your offer." in await text_of(await visitor.get("/waitlist/place", params={"place": link}))


@pytest.mark.proves("I-10", "W-1")
async def test_a_place_in_line_is_given_up_by_its_own_page_only(visitor: aiohttp.ClientSession, shop: Shop) -> None:
    typed = {"city": SOLD_OUT, "tier": "vip", "quantity": "1", "first_name": "Jordan", "email": "gone@example.com"}
    joined = await text_of(await visitor.post("/waitlist", data=typed, headers={"Accept-Language": "es"}))
    assert "Estás en la fila." in joined
    assert await shop.language_of(typed["email"]) == "es"
    link = await shop.link_of(typed["email"])
    await text_of(await visitor.post("/waitlist/leave", data={"place": link}, headers=FOREIGN_PAGE), status=403)
    left = await visitor.post("/waitlist/leave", data={"place": link}, headers=OUR_PAGE)
    assert "You have left the line." in await text_of(left)
    for unknown in ("", "nothing", f"{link}x", f"{UUID(int=5)}.{link.partition('.')[2]}"):
        assert await status_of(await visitor.get("/waitlist/place", params={"place": unknown})) == 404
        answer = await visitor.post("/waitlist/leave", data={"place": unknown}, headers=OUR_PAGE)
        assert await status_of(answer) == 404


@pytest.mark.proves("C-1")
async def test_each_page_is_an_attempt_of_its_own(visitor: aiohttp.ClientSession) -> None:
    first, second = [attempt_of(await text_of(await visitor.get("/register"))) for _ in range(2)]
    assert first != second


@pytest.mark.proves("C-1")
async def test_an_order_in_line_waits_on_its_own_page(shop: Shop) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    form = TYPED | {"action": "pay", "member": ""}
    async with (
        shop.beside(STRIPE_RATE_PER_SECOND="0.02") as address,
        aiohttp.ClientSession(address, cookie_jar=jar) as visitor,
    ):
        assert REFRESH.search(await text_of(await visitor.post("/register", data=form | {"email": "one@example.com"})))
        page = await text_of(await visitor.post("/register", data=form | {"email": "two@example.com"}))
        (order,) = await shop.orders_of("two@example.com")
        gone = await visitor.post("/cancel", data={"order": str(order.order_id)}, headers=OUR_PAGE)
        assert "Your seats went back on sale." in await text_of(gone)
    assert await shop.world.state(str(order.order_id)) == "expired"
    assert ">In line.</h1>" in page
    assert "Payment opens in a moment." in page
    assert '<meta http-equiv="refresh" content="3">' in page


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
