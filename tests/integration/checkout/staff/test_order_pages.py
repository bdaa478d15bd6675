"""`/staff/orders` by HTTP: who sees what of which order (C-6, W-2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from chassis.http.guards import SESSION_COOKIE
from chassis.tokens import Role
from tests.integration.checkout.money import bought
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6", "W-2")]

PAGE = "/staff/orders"


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


def cookie(world: World, role: Role) -> dict[str, str]:
    """What a browser sends along in which somebody of this role has signed in."""
    session = world.token(role)["Authorization"].removeprefix("Bearer ")
    return {"Cookie": f"{SESSION_COOKIE}={session}", "Accept": "text/html"}


async def look(
    world: World, path: str = PAGE, *, role: Role | None = Role.ADMIN, status: int = 200, **query: Any
) -> str:
    """The text of a page; of a redirect where it leads."""
    headers = cookie(world, role) if role else {"Accept": "text/html"}
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
