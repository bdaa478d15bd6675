"""C-1's refusals and repeats, and what orders show of themselves (C-1, C-2, C-6, C-13)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from chassis import process
from chassis.app import write_cursor
from chassis.clock import SystemClock
from chassis.tokens import Role
from tests.fixtures.ports import free_port
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.proves("C-1")
async def test_a_repeat_gets_the_first_answer_and_another_body_is_refused(world: World) -> None:
    first, second = await asyncio.gather(world.buy(key=world.key), world.buy(key=world.key))
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body == (await world.buy(key=world.key)).body
    assert await world.stock() == (2, 0)
    other = await world.buy(key=world.key, quantity=3)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert len(await world.orders()) == 1


@pytest.mark.proves("C-1", "C-13")
async def test_a_repeat_while_inventory_is_away_hears_of_it_and_buys_when_it_is_back(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout(INVENTORY_URL=f"http://127.0.0.1:{free_port()}")
    for _ in range(3):
        answer = await world.buy(key=world.key)
        assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    await world.start_checkout()
    assert (await world.buy(key=world.key)).status == 200
    assert await world.stock() == (2, 0)


@pytest.mark.proves("C-1", "C-13")
async def test_a_repeat_of_what_fails_meanwhile_has_an_answer_of_its_own(world: World) -> None:
    """Both stand in front of a pool that is sold out by then: neither is told that a payment failed."""
    assert {(await world.buy(quantity=6, ticketType="vip")).status for _ in range(8)} == {200}
    answers = await asyncio.gather(*(world.buy(key=world.key, quantity=6, ticketType="vip") for _ in range(4)))
    assert {(answer.status, answer.body["code"]) for answer in answers} == {(409, "sold_out")}


@pytest.mark.proves("C-1", "C-13", "I-2")
async def test_more_than_is_left_is_sold_out_with_what_is_left(world: World) -> None:
    bought = [await world.buy(quantity=6, ticketType="vip") for _ in range(8)]
    assert {answer.status for answer in bought} == {200}
    refused = await world.buy(quantity=6, ticketType="vip", key=world.key)
    assert (refused.status, refused.body["code"]) == (409, "sold_out")
    assert refused.body["available"] == {"ga": 50, "vip": 2}
    assert refused.body["waitlistUrl"]
    fewer = await world.buy(quantity=2, ticketType="vip")
    assert fewer.status == 200


@pytest.mark.proves("C-1", "C-13", "X-4")
async def test_wrong_input_is_told_field_by_field(world: World) -> None:
    many = await world.buy(quantity=7)
    assert (many.status, many.body["code"]) == (422, "invalid_request")
    assert "quantity" in many.body["fields"]
    customer = {**world.wish()["customerData"], "email": "nobody", "businessType": "pirate"}
    wrong = await world.buy(customerData=customer)
    assert (wrong.status, list(wrong.body["fields"])) == (422, ["customerData.email"])
    tier = await world.buy(ticketType="balcony")
    assert (tier.status, list(tier.body["fields"])) == (422, ["ticketType"])
    city = await world.buy(cityId="atlantis")
    assert (city.status, city.body["code"]) == (404, "unknown_city")
    price = await world.buy(amount=1, unitPrice=1)
    assert price.body["amount"] == 119800


@pytest.mark.proves("C-2")
async def test_a_code_with_one_use_is_used_once_however_many_ask(world: World) -> None:
    answers = await asyncio.gather(*(world.buy(discountCode="once", quantity=1) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 7
    assert next(answer.body["amount"] for answer in answers if answer.status == 200) == 53910
    refused = next(answer for answer in answers if answer.status == 422)
    await world.database.execute("UPDATE discount_codes SET used = 0")
    await world.database.execute("DELETE FROM discount_uses")
    keyed = [await world.buy(discountCode="once", quantity=1, key=world.key) for _ in range(2)]
    assert keyed[0].body == keyed[1].body
    assert list(refused.body["fields"]) == ["discountCode"]
    await world.until_stock(2, 0)


@pytest.mark.proves("C-2")
async def test_a_code_counts_once_for_each_buyer_and_comes_back_with_the_seats(world: World) -> None:
    answers = await asyncio.gather(*(world.buy(discountCode="each", quantity=1) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200] + [422] * 4
    other = {**world.wish()["customerData"], "email": f"other-of-{world.city}@example.com"}
    assert (await world.buy(discountCode="each", quantity=1, customerData=other)).status == 200
    vip = await world.buy(discountCode="each", quantity=1, ticketType="VIP")
    assert vip.body["fields"]["discountCode"] == "That code is for General Admission only."
    (first,) = (answer.body for answer in answers if answer.status == 200)
    token = {"Cookie": f"fullhouse_order_{first['orderId'].replace('-', '')}={first['orderToken']}"}
    given_back = {**token, "Sec-Fetch-Site": "same-origin"}
    await world.ask("POST", "/cancel", data={"order": first["orderId"]}, headers=given_back)
    await world.until_state(first["orderId"], "expired")
    assert (await world.buy(discountCode="each", quantity=1)).status == 200


@pytest.mark.proves("C-6", "X-3", "X-4", "C-12")
async def test_an_order_is_shown_to_its_buyer_and_to_staff_only(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    path = f"/api/orders/{bought['orderId']}"
    own = await world.ask("GET", f"{path}?token={bought['orderToken']}")
    assert own.status == 200
    assert {"orderId", "number", "state", "version", "lines", "seats", "tickets", "history"} <= own.body.keys()
    assert [entry["to"] for entry in own.body["history"]] == ["placed", "awaiting_payment", "paid"]
    assert own.body["tickets"][0]["code"].startswith("FH1:")
    assert len(own.body["number"]) == 8
    assert {moment[-1] for moment in (own.body["placedAt"], own.body["paidAt"], own.body["history"][0]["at"])} == {"Z"}

    for answer in (
        await world.ask("GET", path),
        await world.ask("GET", f"{path}?token=wrong"),
        await world.ask("GET", f"/api/orders/nothing?token={bought['orderToken']}"),
        await world.ask("GET", f"{path}/events?token=wrong"),
    ):
        assert (answer.status, answer.body["code"]) == (404, "unknown_order")

    viewer = await world.ask("GET", path, headers=world.token(Role.VIEWER))
    assert viewer.body["tickets"][0]["code"] is None
    assert world.email not in json.dumps(viewer.body)
    admin = await world.ask("GET", f"/api/orders?status=paid&email={world.email.upper()}", headers=world.token())
    assert [row["orderId"] for row in admin.body["data"]] == [bought["orderId"]]
    assert (await world.ask("GET", "/api/orders")).status == 401

    calendar = await world.ask("GET", f"{path}/calendar.ics?token={bought['orderToken']}")
    assert "BEGIN:VEVENT" in calendar.body


@pytest.mark.proves("X-3")
async def test_lists_are_paged_without_gaps_or_repeats(world: World) -> None:
    ids = {(await world.buy(quantity=1)).body["orderId"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = await world.ask("GET", f"/api/orders?limit=2&cityId={world.city}{cursor}", headers=world.token())
        seen += [row["orderId"] for row in page.body["data"]]
        if page.body["nextCursor"] is None:
            break
        cursor = f"&cursor={page.body['nextCursor']}"
    assert (len(seen), set(seen)) == (5, ids)
    for wrong in ("cursor=nonsense", "until=9999-12-31T23:59:59-14:00", "email=%00"):
        assert (await world.ask("GET", f"/api/orders?{wrong}", headers=world.token())).status == 422
    forged = write_cursor(datetime(2026, 1, 1, tzinfo=UTC), "evt\0")
    assert (await world.ask("GET", f"/api/admin/webhooks?cursor={forged}", headers=world.token())).status == 422


@pytest.mark.proves("C-6")
async def test_the_stream_tells_when_the_order_is_paid_and_sold(world: World) -> None:
    bought = (await world.buy()).body
    url = f"{world.base}/api/orders/{bought['orderId']}/events?token={bought['orderToken']}"
    async with world.http.get(url) as stream:
        seen: list[str] = []
        async with asyncio.timeout(20):
            async for line in stream.content:
                if not line.startswith(b"data: "):
                    continue
                document = json.loads(line[6:])
                if not seen:
                    await world.pay(bought["sessionId"])
                seen.append(document["state"])
                if document["fulfilment"]["soldAt"]:
                    break
    assert seen[0] == "awaiting_payment"
    assert document["state"] == "paid"
    assert len(document["tickets"]) == 2


@pytest.mark.proves("C-6", "L-10")
async def test_an_open_stream_ends_with_its_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = (await world.buy()).body
    url = f"{world.base}/api/orders/{bought['orderId']}/events?token={bought['orderToken']}"
    async with world.http.get(url) as stream:
        async with asyncio.timeout(20):
            while not (await stream.content.readline()).startswith(b"data: "):
                pass
            monkeypatch.setattr(process, "_leaving", True)
            assert await stream.content.read() == b"\n"


class Alarm(SystemClock):
    """A clock that wakes all who sleep when the test wants it: no turn comes before, and none is waited for."""

    def __init__(self) -> None:
        self._rings = asyncio.Event()

    def ring(self) -> None:
        self._rings.set()
        self._rings.clear()

    async def sleep(self, duration: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rings.wait(), max(0.0, duration.total_seconds()))


async def hardly_selling(surroundings: World) -> Alarm:
    """Checkout starts, has not called Stripe yet, and may do so every 100 seconds."""
    alarm = Alarm()
    await surroundings.start_checkout(clock=alarm, STRIPE_RATE_PER_SECOND="0.01")
    return alarm


@pytest.mark.proves("C-1")
async def test_a_long_queue_is_told_with_the_place_in_it(surroundings: World) -> None:
    """The second buyer stands in line, and statusUrl gives the answer when it is ready."""
    world, alarm = surroundings, await hardly_selling(surroundings)
    assert (await world.buy()).status == 200
    queued = await world.buy()
    assert queued.status == 202
    assert (queued.body["success"], queued.body["position"]) == (True, 1)
    waiting = await world.ask("GET", queued.body["statusUrl"])
    assert (waiting.status, waiting.body["position"]) == (202, 1)

    async def ready() -> bool:
        return (await world.ask("GET", queued.body["statusUrl"])).status == 200

    assert not await ready()
    alarm.ring()
    await world.until(ready, "the answer is ready")
    answer = await world.ask("GET", queued.body["statusUrl"])
    assert answer.body["url"].startswith(world.sandbox)
    assert await world.stock() == (4, 0)


@pytest.mark.proves("C-1", "L-11")
async def test_of_many_who_come_at_once_each_has_a_place_of_its_own(surroundings: World) -> None:
    """Nobody is let in on the strength of a line that was short a moment ago."""
    await hardly_selling(surroundings)
    answers = await asyncio.gather(*(surroundings.buy(quantity=1) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200, 202, 202, 202, 202, 202]
    assert sorted(answer.body["position"] for answer in answers if answer.status == 202) == [1, 2, 3, 4, 5]


@pytest.mark.proves("C-1")
async def test_the_next_try_of_a_browser_takes_the_place_of_one_that_stands_in_line(surroundings: World) -> None:
    """The seats are not held twice, and the first try's turn leads nowhere."""
    world, alarm = surroundings, await hardly_selling(surroundings)
    assert (await world.buy(quantity=1)).status == 200
    first = await world.buy()
    assert (first.status, await world.stock()) == (202, (3, 0))
    second = await world.buy(browser=first, quantity=3)
    assert (second.status, await world.stock()) == (202, (4, 0))
    assert await world.state(first.body["orderId"]) == "expired"
    assert await world.told(first.body["orderId"]) == ["order.placed", "order.expired"]

    async def ready() -> bool:
        return (await world.ask("GET", second.body["statusUrl"])).status == 200

    alarm.ring()
    await world.until(ready, "the second try has its page")
    over = await world.ask("GET", first.body["statusUrl"])
    assert (over.status, over.body["code"]) == (502, "payment_processing_failed")
    assert await world.stock() == (4, 0)


@pytest.mark.proves("C-6", "C-2")
async def test_the_public_configuration_says_what_is_sold(world: World) -> None:
    answer = await world.ask("GET", "/api/config/public")
    assert answer.status == 200
    assert answer.body["liveMode"] is False
    assert [city["cityId"] for city in answer.body["cities"]] == [world.city]
    assert "actualLimit" not in answer.body["cities"][0]["tiers"]["ga"]
    assert answer.body["cities"][0]["starts"].endswith("Z")


@pytest.mark.proves("W-1")
async def test_the_pages_show_what_is_sold(world: World) -> None:
    assert "Dallas" in (await world.ask("GET", "/")).body
    page = await world.ask("GET", f"/register?city={world.city}")
    assert page.status == 200
    assert "$599.00" in page.body
