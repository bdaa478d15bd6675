"""`/staff/orders` and `/staff/appointments` by HTTP: who sees what of which, and gives what back (C-6, P-11, W-2)."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from chassis.http.guards import SESSION_COOKIE
from chassis.ids import uuid7
from chassis.tokens import Role
from tests.integration.checkout.appointed import book, paid_appointment
from tests.integration.checkout.money import SEAT, bought, given_back, refunds, until_settled
from tests.integration.checkout.test_providers import keep, of_provider
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6", "W-2")]

PAGE, APPOINTMENTS = "/staff/orders", "/staff/appointments"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHY = "The buyer is ill"
BEGUN = "2026-03-01T09:00:00Z"


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


def cookie(world: World, role: Role, provider: int | None = None) -> dict[str, str]:
    """What a browser sends along in which somebody of this role has signed in, or somebody of a provider's."""
    token = world.token(role) if provider is None else of_provider(provider)
    session = token["Authorization"].removeprefix("Bearer ")
    return {"Cookie": f"{SESSION_COOKIE}={session}", "Accept": "text/html"}


async def look(
    world: World,
    path: str = PAGE,
    *,
    role: Role | None = Role.ADMIN,
    own: int | None = None,
    status: int = 200,
    **query: Any,
) -> str:
    """The text of a page; of a redirect where it leads. `own`: the provider who looks."""
    headers = cookie(world, role, own) if role else {"Accept": "text/html"}
    url = f"{path}?{urlencode(query)}" if query else path
    answer = await world.ask("GET", url, headers=headers, allow_redirects=False)
    assert answer.status == status, answer
    return answer.headers.get("Location") or str(answer.body)


async def test_orders_are_found_by_what_people_know_of_them(world: World, paid: dict[str, Any]) -> None:
    number = (await world.orders())[0]["number"]
    shown = f"{number[:4]}-{number[4:]}"
    searches: tuple[dict[str, Any], ...] = (
        {"text": shown.lower()},
        {"text": world.email},
        {"text": "ellis", "city": world.city, "state": "paid"},
    )
    for query in searches:
        text = await look(world, **query)
        assert shown in text
        assert world.email in text
    assert "No order fits." in await look(world, text="ellis", city=world.city, state="refunded")
    masked = await look(world, role=Role.VIEWER, text=world.email)
    assert shown in masked
    assert "Ellis" not in masked
    leads_to = await look(world, role=None, status=303, text="ellis")
    assert leads_to == f"/login?next={quote(f'{PAGE}?text=ellis', safe='/')}"
    await look(world, status=422, cursor="nonsense")


async def test_what_is_searched_for_is_in_no_log(
    world: World, paid: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await look(world, text="Jordan Ellis")
    logged = capsys.readouterr().out
    assert "/staff/orders" in logged
    assert "Ellis" not in logged


async def test_the_page_of_one_order_has_all_that_is_known_of_it(world: World, paid: dict[str, Any]) -> None:
    path = f"{PAGE}/{paid['orderId']}"
    text = await look(world, path)
    assert all(word in text for word in (world.email, "$1,198.00", paid["sessionId"], "checkout.session.completed"))
    assert "FH1:" not in text, "nobody's ticket stands on it"
    masked = await look(world, path, role=Role.VIEWER)
    assert world.email not in masked
    assert "board-title" in await look(world, f"{PAGE}/{'0' * 8}-0000-7000-8000-{'0' * 12}", status=404)
    assert "board-title" in await look(world, f"{PAGE}/nothing", status=422)


async def press(
    world: World,
    path: str,
    form: dict[str, Any],
    *,
    role: Role = Role.ADMIN,
    own: int | None = None,
    origin: str | None = None,
) -> Answer:
    """What the button of a page sends; from our own page, unless another origin is named."""
    headers = {**cookie(world, role, own), "Origin": origin or world.base}
    return await world.ask(
        "POST", path, data=urlencode(form, doseq=True), headers=headers | FORM, allow_redirects=False
    )


def key_in(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found
    return found[1]


@pytest.mark.proves("C-7")
async def test_money_goes_back_as_it_was_foretold_and_once_however_often_the_button_is_pressed(
    world: World, paid: dict[str, Any]
) -> None:
    page = f"{PAGE}/{paid['orderId']}"
    assert f'href="{page}/refund"' in await look(world, page)
    assert f'href="{page}/refund"' not in await look(world, page, role=Role.OPERATOR)
    asked: dict[str, Any] = {"seats": 1, "reason": WHY}
    assert "say whether they go back on sale" in await look(world, f"{page}/refund", status=422, **asked)
    preview = await look(world, f"{page}/refund", **asked, back="sale")
    for sentence in ("$599.00 of the $1,198.00 that are left go back.", "Seat 1: no longer valid, on sale again."):
        assert sentence in preview
    assert await given_back(world) == [0]
    form = {**asked, "back": "sale", "key": key_in(preview)}
    pressed = await asyncio.gather(*(press(world, f"{page}/refund", form) for _ in range(3)))
    assert {(each.status, each.headers["Location"]) for each in pressed} == {(303, f"{page}?done=refund")}
    await until_settled(world, paid, ["done"])
    assert await given_back(world) == [SEAT]
    assert "The money is on its way back." in await look(world, f"{page}", done="refund")
    too_much = await look(world, f"{page}/refund", status=422, amount="599.01", reason=WHY)
    assert "599.00 USD can still be given back." in too_much
    refused = await press(world, f"{page}/refund", {**form, "key": "another"})
    assert (refused.status, "Seat 1 was refunded already." in refused.body) == (409, True)


@pytest.mark.proves("I-11")
async def test_tickets_are_made_anew_and_seats_moved_from_the_page(world: World, paid: dict[str, Any]) -> None:
    page = f"{PAGE}/{paid['orderId']}"
    preview = await look(world, f"{page}/void", reason=WHY)
    assert "let nobody in any more." in preview
    form = {"reason": WHY, "key": key_in(preview)}
    for _ in range(2):
        assert (await press(world, f"{page}/void", form)).status == 303
    assert (await world.told(paid["orderId"])).count("order.tickets_replaced") == 1
    there = f"{world.city}/vip"
    assert "2 seats from Dallas GA to Dallas VIP" in await look(world, f"{page}/move", place=there, reason=WHY)
    moved = await press(world, f"{page}/move", {"place": there, "reason": WHY})
    assert (moved.status, moved.headers["Location"]) == (303, f"{page}?done=move")
    assert (await world.orders())[0]["lines"][0]["tier"] == "vip"


async def test_an_order_gets_another_name_and_address_on_its_page(world: World, paid: dict[str, Any]) -> None:
    page = f"{PAGE}/{paid['orderId']}/customer"
    assert f'value="{world.email}"' in await look(world, page)
    form: dict[str, Any] = {"first_name": "Robin", "last_name": "Hale", "email": f"robin-{world.email}", "reason": WHY}
    preview = await look(world, page, **form)
    assert f"The order is of Robin Hale, robin-{world.email}: the tickets go there." in preview
    assert "Write an email address" in await look(world, page, status=422, **{**form, "email": "robin"})
    for _ in range(2):
        assert (await press(world, page, form)).status == 303
    assert (await world.told(paid["orderId"])).count("order.customer_changed") == 1
    assert "Nothing to change." in await look(world, page, **form)


async def test_a_ticket_is_given_to_somebody_on_the_page_and_then_is_theirs(world: World, paid: dict[str, Any]) -> None:
    page = f"{PAGE}/{paid['orderId']}/transfer"
    form: dict[str, Any] = {"first_name": "Robin", "last_name": "Hale", "email": "robin@example.com", "reason": WHY}
    assert "Choose at least one ticket." in await look(world, page, status=422, **form)
    preview = await look(world, page, seats="2", **form)
    assert "Robin Hale, robin@example.com, is sent new ones" in preview
    for _ in range(2):
        assert (await press(world, page, {"seats": "2", **form})).status == 303
    assert (await world.told(paid["orderId"])).count("order.tickets_transferred") == 1
    assert "Good, Robin Hale has it" in await look(world, f"{PAGE}/{paid['orderId']}")
    assert "Nothing to change." in await look(world, page, seats="2", **form)


@pytest.mark.proves("C-7")
async def test_an_order_that_nobody_paid_is_cancelled_on_its_page(world: World) -> None:
    order = (await world.buy()).body
    page = f"{PAGE}/{order['orderId']}"
    assert "Cancel the order" in await look(world, page)
    assert "2 seats go back on sale." in await look(world, f"{page}/cancel", reason=WHY)
    for _ in range(2):
        done = await press(world, f"{page}/cancel", {"reason": WHY})
        assert (done.status, done.headers["Location"]) == (303, f"{page}?done=cancel")
    assert await world.state(order["orderId"]) == "cancelled"
    assert "The order is cancelled." in await look(world, f"{page}?done=cancel")
    assert f"{page}/cancel" not in await look(world, page)


@pytest.mark.proves("C-7")
async def test_what_is_paid_is_not_cancelled(world: World, paid: dict[str, Any]) -> None:
    page = f"{PAGE}/{paid['orderId']}"
    assert f"{page}/cancel" not in await look(world, page)
    assert "The order is paid." in await look(world, f"{page}/cancel", status=422, reason=WHY)
    assert (await press(world, f"{page}/cancel", {"reason": WHY})).status == 409
    assert await world.state(paid["orderId"]) == "paid"


@pytest.mark.proves("C-12")
async def test_nobody_else_presses_the_button(world: World, paid: dict[str, Any]) -> None:
    page = f"{PAGE}/{paid['orderId']}"
    form = {"back": "sale", "reason": WHY, "key": "k"}
    for role, origin in ((Role.OPERATOR, None), (Role.ADMIN, "https://elsewhere.example.com")):
        assert (await press(world, f"{page}/refund", form, role=role, origin=origin)).status == 403
    assert (await refunds(world, paid))["data"] == []
    await look(world, f"{page}/refund", role=Role.OPERATOR, status=403)


@pytest.mark.proves("P-11")
async def test_a_provider_gives_back_a_part_and_staff_cancel_with_the_rest(world: World) -> None:
    own = uuid7().int % 900_000_000 + 1
    await keep(world, own, name="Sam’s studio")
    number = await paid_appointment(world, own)
    page = f"{APPOINTMENTS}/{number}"
    listed = await look(world, APPOINTMENTS, own=own, state="paid")
    assert (f'href="{page}"' in listed, "jordan@example.com" in listed) == (True, True)
    assert "No appointment fits." in await look(world, APPOINTMENTS, own=own, text=str(number), state="booked")
    masked = await look(world, APPOINTMENTS, role=Role.VIEWER, text="Jordan@Example.com", provider=str(own))
    assert (f'href="{page}"' in masked, "jordan@example.com<" in masked) == (True, False)
    shown = await look(world, page)
    assert all(word in shown for word in ("$80.00 can be given back", "Decided", "Page: paid", "Came", "Booked"))
    await look(world, page, own=own + 1, status=404)

    asked: dict[str, Any] = {"amount": "30", "reason": WHY}
    assert "80.00 USD can still be given back." in await look(
        world, f"{page}/refund", own=own, status=422, amount="80.01", reason=WHY
    )
    preview = await look(world, f"{page}/refund", own=own, **asked)
    assert "$30.00 of the $80.00 that are left go back, through the platform’s account at Stripe." in preview
    form = {"amount": "3000", "reason": WHY, "key": key_in(preview)}
    pressed = await asyncio.gather(*(press(world, f"{page}/refund", form, own=own) for _ in range(3)))
    (leads_to,) = {each.headers["Location"] for each in pressed}
    assert "$30.00 went back to the customer." in await look(world, leads_to, own=own)
    refused = await press(world, f"{page}/refund", {**form, "amount": "5001", "key": "k2"}, own=own)
    assert (refused.status, "50.00 USD can still be given back." in refused.body) == (409, True)

    await look(world, f"{page}/refund", role=Role.OPERATOR, status=403)
    with_money: dict[str, Any] = {"money": "back", "reason": WHY}
    assert (await press(world, f"{page}/cancel", with_money, role=Role.OPERATOR)).status == 403
    assert "say whether it goes back" in await look(world, f"{page}/cancel", status=422, reason=WHY)
    assert "Cancel it and give $50.00 back" in await look(world, f"{page}/cancel", **with_money)
    first, again = [await press(world, f"{page}/cancel", with_money) for _ in range(2)]
    told = await look(world, first.headers["Location"])
    assert all(word in told for word in ("The appointment has ended.", "$50.00 went back to", "nothing can be given"))
    assert again.headers["Location"] == f"{page}?done=cancel", "a repeat gives nothing back"
    refunds = "SELECT array_agg(amount ORDER BY created_at) FROM way_refunds WHERE appointment_id = $1"
    assert await world.database.fetchval(refunds, number) == [3_000, 5_000]
    assert "Nothing to change." in await look(world, f"{page}/cancel", reason=WHY)
    leads_to = await look(world, f"{page}/refund", role=None, status=303)
    assert leads_to == f"/login?next={quote(f'{page}/refund', safe='/')}"


@pytest.mark.proves("P-11")
async def test_an_appointment_that_took_place_is_marked_as_done_once(world: World) -> None:
    own = uuid7().int % 900_000_000 + 1
    await keep(world, own)
    ahead, begun = (await book(world, own)).body["id"], (await book(world, own, starts=BEGUN)).body["id"]
    assert f"{APPOINTMENTS}/{ahead}/done" not in await look(world, f"{APPOINTMENTS}/{ahead}", own=own)
    early = await look(world, f"{APPOINTMENTS}/{ahead}/done", own=own, status=422)
    assert "once it has begun" in early
    refused = await press(world, f"{APPOINTMENTS}/{ahead}/done", {"reason": ""}, own=own)
    assert (refused.status, "once it has begun" in refused.body) == (409, True)

    page = f"{APPOINTMENTS}/{begun}"
    assert f'href="{page}/done"' in await look(world, page, own=own)
    assert f'href="{page}/done"' not in await look(world, page, role=Role.VIEWER)
    await look(world, f"{page}/done", role=Role.VIEWER, status=403)
    assert "$80.00 is not paid" in await look(world, f"{page}/done", own=own)
    pressed = await asyncio.gather(*(press(world, f"{page}/done", {"reason": ""}, own=own) for _ in range(3)))
    assert {each.headers["Location"] for each in pressed} == {f"{page}?done=done"}
    told = await look(world, f"{page}?done=done", own=own)
    assert ("The appointment took place." in told, f'href="{page}/cancel"' in told) == (True, False)
    assert "Nothing to change." in await look(world, f"{page}/done")
    audited = "SELECT count(*) FROM audit WHERE action = 'appointment_changed' AND target = $1"
    assert await world.database.fetchval(audited, f"appointment:{begun}") == 1
    assert (await press(world, f"{page}/cancel", {"reason": WHY})).status == 409
