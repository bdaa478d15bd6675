"""The pages over HTTP, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio

from chassis.errors import InvalidRequest
from checkout.purchases.errors import SoldOut
from checkout.web.access import cookie_name
from checkout.web.ports import PurchaseState
from tests.unit.checkout.web.shop import ORDER, TOKEN, FakeShop, season, unpaid

pytestmark = pytest.mark.asyncio

TYPED = {
    "city": "dallas-jan-2026",
    "tier": "ga",
    "quantity": "2",
    "member": "1",
    "first_name": "Jordan",
    "last_name": "O'Ellis & Co <b>",
    "email": "jordan.ellis@example.com",
    "phone": "(214) 555-0137",
    "business_type": "barber",
    "code": "",
    "attempt": "attempt-1",
}


@pytest_asyncio.fixture
async def visitor(served: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that keeps cookies and does not follow redirects by itself."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(served, cookie_jar=jar) as session:
        yield session


async def status_of(response: aiohttp.ClientResponse) -> int:
    await response.read()
    return response.status


async def text_of(response: aiohttp.ClientResponse, status: int = 200) -> str:
    assert response.status == status
    return await response.text()


@pytest.mark.proves("W-1")
async def test_the_list_names_every_city_with_what_is_left(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.get("/"))
    assert re.findall(r'href="/register\?city=([^"]+)"', page) == [w.city_id for w in season().workshops]
    assert "3 of 30 seats left" in page
    assert "Join the waiting list" in page


@pytest.mark.proves("W-1")
async def test_an_address_without_a_city_shows_the_next_workshop(visitor: aiohttp.ClientSession) -> None:
    assert ">Dallas</h1>" in await text_of(await visitor.get("/register"))


@pytest.mark.proves("X-4")
async def test_an_unknown_city_is_told_in_words(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.get("/register?city=%3Cscript%3E"), 404)
    assert "We don’t know that workshop." in page
    assert "<script>" not in page


@pytest.mark.proves("W-1")
async def test_with_inventory_away_the_pages_say_so_and_work(visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    shop.stock = None
    for path in ("/", "/register"):
        page = await text_of(await visitor.get(path))
        assert "We can’t see how many seats are left right now." in page


@pytest.mark.proves("W-1")
async def test_update_price_prices_on_the_server_and_keeps_what_was_typed(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "price", "code": "early10"}))
    assert "EARLY10, 10% off" in page
    assert "$862.56" in page
    assert 'value="O&#39;Ellis &amp; Co &lt;b&gt;"' in page
    assert 'value="jordan.ellis@example.com"' in page
    assert re.search(r'<option value="barber" selected>', page)


@pytest.mark.proves("W-1")
async def test_a_code_that_does_not_count_says_why_below_it(visitor: aiohttp.ClientSession) -> None:
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "price", "code": "FADE10"}))
    assert re.search(r'id="code-error">.*FADE10 ended on January 5\.', page)
    assert "$958.40" in page


@pytest.mark.proves("W-1", "C-1")
async def test_paying_without_javascript_leads_to_the_processor(visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "pay"}))
    assert 'content="0; url=/paying"' in page
    assert "Your seats are held for 10:00." in page
    ((selection, buyer, key),) = shop.starts
    assert (selection.tier, selection.quantity, selection.member) == ("ga", 2, True)
    assert (buyer.last_name, buyer.business_type, key) == ("O'Ellis & Co <b>", "barber", "attempt-1")


@pytest.mark.proves("W-1")
async def test_what_is_missing_comes_back_with_a_summary_and_no_order(
    visitor: aiohttp.ClientSession, shop: FakeShop
) -> None:
    page = await text_of(
        await visitor.post("/register", data=TYPED | {"action": "pay", "email": "jordan@example"}), 422
    )
    assert '<a href="#email">The part after @ has no ending.' in page
    assert 'aria-invalid="true"' in page
    assert shop.starts == []


@pytest.mark.proves("W-1", "C-13")
async def test_refusals_of_the_checkout_are_told_on_the_page(visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    shop.refusal = SoldOut(extra={"available": {"ga": 0, "vip": 3}})
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "pay"}), 409)
    assert "Someone took the last GA seats a moment ago. 3 VIP seats are left, or join the waiting list." in page
    shop.refusal = InvalidRequest(fields={"customerData.email": "This address does not exist."})
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "pay"}), 422)
    assert '<a href="#email">This address does not exist.</a>' in page


@pytest.mark.proves("C-1")
async def test_each_page_is_an_attempt_of_its_own(visitor: aiohttp.ClientSession) -> None:
    pages = [await text_of(await visitor.get("/register")) for _ in range(2)]
    keys = [re.findall(r'name="attempt" value="([^"]+)"', page)[0] for page in pages]
    assert keys[0] != keys[1]


@pytest.mark.proves("C-1")
async def test_a_queued_order_waits_on_its_own_page(visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    shop.queued = True
    shop.order = unpaid(payment_url=None)
    page = await text_of(await visitor.post("/register", data=TYPED | {"action": "pay"}))
    assert "Payment opens in a moment." in page
    assert '<meta http-equiv="refresh" content="3">' in page


@pytest.mark.proves("C-6")
async def test_the_token_becomes_a_cookie_and_leaves_the_address(visitor: aiohttp.ClientSession) -> None:
    first = await visitor.get(f"/success?order={ORDER}&token={TOKEN}", allow_redirects=False)
    assert await status_of(first) == 303
    assert first.headers["Location"] == f"/success?order={ORDER}"
    cookie = first.headers["Set-Cookie"]
    assert cookie.startswith(f"{cookie_name(ORDER)}={TOKEN}; HttpOnly; Max-Age=")
    assert "SameSite=lax" in cookie
    page = await text_of(await visitor.get(first.headers["Location"]))
    assert TOKEN not in page
    assert page.count('class="qr"') == 2
    assert f'href="/api/orders/{ORDER}/calendar.ics"' in page


@pytest.mark.proves("X-4", "C-6")
@pytest.mark.parametrize(
    "query",
    [
        f"order={ORDER}",
        f"order={ORDER}&token=guessed",
        f"order=0197e1c2-0000-7000-8000-000000000000&token={TOKEN}",
        "order=%22%0d%0aSet-Cookie&token=x",
        "",
    ],
)
async def test_an_order_without_its_token_can_not_be_told_from_none(visitor: aiohttp.ClientSession, query: str) -> None:
    for path in ("/success", "/cancel"):
        page = await text_of(await visitor.get(f"{path}?{query}"), 404)
        assert "We can’t show that order here." in page
        assert "Jordan" not in page


@pytest.mark.proves("W-1")
async def test_without_javascript_the_page_refreshes_itself_and_counts_the_wait(
    visitor: aiohttp.ClientSession, shop: FakeShop
) -> None:
    shop.order = unpaid()
    page = await text_of(await visitor.get(f"/success?order={ORDER}&token={TOKEN}"))
    assert f'content="5; url=/success?order={ORDER}&amp;waited=5"' in page
    assert "Payment received. Making your tickets…" in page
    page = await text_of(await visitor.get(f"/success?order={ORDER}&waited=60"))
    assert "This takes longer than usual. We email you." in page


@pytest.mark.proves("W-1")
async def test_turning_back_offers_to_go_on_or_to_let_go(visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    shop.order = unpaid()
    page = await text_of(await visitor.get(f"/cancel?order={ORDER}&token={TOKEN}"))
    assert 'href="https://pay.example.com/session"' in page
    page = await text_of(await visitor.post("/cancel", data={"order": ORDER}))
    assert shop.order.state is PurchaseState.CANCELLED
    assert "Your seats went back on sale. Choose again." in page


@pytest.mark.proves("C-11")
async def test_nobody_else_lets_the_seats_go(served: str, visitor: aiohttp.ClientSession, shop: FakeShop) -> None:
    shop.order = unpaid()
    async with aiohttp.ClientSession(served) as stranger:
        assert await status_of(await stranger.post("/cancel", data={"order": ORDER})) == 404
    assert await status_of(await visitor.get(f"/cancel?order={ORDER}&token={TOKEN}")) == 200
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example.com"}):
        assert await status_of(await visitor.post("/cancel", data={"order": ORDER}, headers=headers)) == 404
    assert shop.order.state is PurchaseState.AWAITING_PAYMENT


@pytest.mark.proves("W-1")
async def test_a_paid_order_has_nothing_to_cancel(visitor: aiohttp.ClientSession) -> None:
    answer = await visitor.get(f"/cancel?order={ORDER}&token={TOKEN}")
    assert await status_of(answer) == 200
    assert answer.url.path == "/success"


@pytest.mark.proves("C-8", "W-1")
async def test_an_order_stays_reachable_when_its_city_is_sold_no_more(
    visitor: aiohttp.ClientSession, shop: FakeShop
) -> None:
    dallas, *others = season().workshops
    shop.sold = replace(season(), workshops=tuple(others))
    shop.unlisted = (replace(dallas, tiers=dallas.tiers[1:]),)
    page = await text_of(await visitor.get(f"/success?order={ORDER}&token={TOKEN}"))
    assert "You’re in." in page


@pytest.mark.proves("W-3")
async def test_static_files_are_kept_for_good_and_scripts_are_small(visitor: aiohttp.ClientSession) -> None:
    for path in ("/", "/register", f"/success?order={ORDER}&token={TOKEN}"):
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
