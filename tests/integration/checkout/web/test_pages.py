"""The pages on which people buy, over HTTP, as a browser without JavaScript uses them."""

from __future__ import annotations

import html
import re
from uuid import UUID

import aiohttp
import pytest

from checkout.web.forms import PHONE_UNREADABLE
from events import OrderState
from tests.fixtures.ports import free_port
from tests.integration.checkout.web.answers import FOREIGN_PAGE, OUR_PAGE, status_of, text_of
from tests.integration.checkout.web.shop import (
    DALLAS,
    FEW,
    MEMBER,
    SELLS_OUT,
    SOLD_OUT,
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
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')


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
