"""Staff list orders by what they know of them, and take them along with their money (C-6, X-3)."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chassis.tokens import Role
from checkout.exports import api as exports
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import SEAT, bought, charges, refund, second_session, until_settled
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6")]


def of(world: World, name: str, first: str = "Robin", last: str = "Hale") -> dict[str, Any]:
    """Another buyer, of another address."""
    person = {"firstName": first, "lastName": last, "email": f"{name}-{world.email}", "businessType": "individual"}
    return {"customerData": person}


async def listed(world: World, *, role: Role = Role.ADMIN, **filters: Any) -> list[dict[str, Any]]:
    answer = await world.ask("GET", f"/api/orders?{urlencode(filters)}", headers=world.token(role))
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def taken_along(world: World, *, role: Role = Role.ADMIN, **filters: Any) -> list[dict[str, str]]:
    answer = await world.ask("GET", f"/api/orders.csv?{urlencode(filters)}", headers=world.token(role))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), answer
    return list(csv.DictReader(answer.body.splitlines()))


def ids(rows: Sequence[dict[str, Any]]) -> set[str]:
    return {row["orderId"] for row in rows}


@pytest.mark.proves("X-3")
async def test_each_filter_leaves_what_it_says(world: World) -> None:
    paid = await bought(world)
    (row,) = await world.orders()
    other = (await world.buy(**of(world, "robin"))).body
    whole = {"cityId": world.city}
    both, now = {paid["orderId"], other["orderId"]}, datetime.now(UTC)
    for filters, wanted in (
        (whole, both),
        ({"email": world.email.upper()}, {paid["orderId"]}),
        ({**whole, "name": "hale"}, {other["orderId"]}),
        ({**whole, "name": " robin  HALE "}, {other["orderId"]}),
        ({**whole, "name": "Hal"}, set()),
        ({**whole, "status": "paid"}, {paid["orderId"]}),
        ({**whole, "status": "awaiting_payment"}, {other["orderId"]}),
        ({"number": f"{row['number'][:4].lower()} {row['number'][4:]}"}, {paid["orderId"]}),
        ({**whole, "since": row["placed_at"].isoformat()}, both),
        ({**whole, "until": row["placed_at"].isoformat()}, set()),
        ({**whole, "since": (row["placed_at"] + timedelta(microseconds=1)).isoformat()}, {other["orderId"]}),
        ({**whole, "since": now.isoformat()}, set()),
        ({"cityId": "elsewhere"}, set()),
    ):
        assert ids(await listed(world, **filters)) == wanted, filters
        assert ids(await taken_along(world, **filters)) == wanted, filters
    for path in ("/api/orders", "/api/orders.csv"):
        assert (await world.ask("GET", path)).status == 401
        for wrong in ("status=lost", "since=yesterday", "state=paid", "name=%00"):
            assert (await world.ask("GET", f"{path}?{wrong}", headers=world.token())).status == 422, wrong


async def test_what_is_taken_along_sums_up_to_what_was_charged_less_what_went_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS", 2)
    part = await bought(world)
    await refund(world, part, seats=[1])
    await until_settled(world, part, ["done"])
    twice = (await world.buy(**of(world, "robin"))).body
    await world.pay(twice["sessionId"])
    await world.until_state(twice["orderId"], "paid")
    await world.pay(await second_session(world, twice))
    unpaid = (await world.buy(**of(world, "open"))).body
    ours = await world.database.fetch("SELECT payment_intent FROM payment_charges")
    intents = {row["payment_intent"] for row in ours}

    async def surplus_is_back() -> bool:
        return any(row["refunded"] == str(2 * SEAT) for row in await taken_along(world, cityId=world.city))

    await world.until(surplus_is_back, "the second charge has gone back")
    rows = {row["orderId"]: row for row in await taken_along(world, cityId=world.city)}
    assert len(rows) == 3, "each once, over all pages"
    money = {order: tuple(int(row[name]) for name in ("amount", "charged", "refunded")) for order, row in rows.items()}
    assert money == {
        part["orderId"]: (2 * SEAT, 2 * SEAT, SEAT),
        twice["orderId"]: (2 * SEAT, 4 * SEAT, 2 * SEAT),
        unpaid["orderId"]: (2 * SEAT, 0, 0),
    }
    at_processor = [charge for charge in await charges(world) if charge["payment_intent"] in intents]
    kept = sum(charge["amount"] - charge["amount_refunded"] for charge in at_processor)
    assert sum(charged - refunded for _, charged, refunded in money.values()) == kept
    assert {row["currency"] for row in rows.values()} == {"USD"}


async def test_it_is_masked_below_admin_and_nothing_in_it_is_a_formula(world: World) -> None:
    await world.buy(**of(world, "robin", first="=1+1", last="@SUM(A1)"))
    (whole,) = await taken_along(world, cityId=world.city)
    assert (whole["firstName"], whole["lastName"]) == ("'=1+1", "'@SUM(A1)")
    assert (whole["email"], whole["state"], whole["seats"]) == (f"robin-{world.email}", "awaiting_payment", "2")
    (masked,) = await taken_along(world, cityId=world.city, role=Role.VIEWER)
    assert (masked["firstName"], masked["email"]) == ("'=.", "r***@example.com")
    (shown,) = await listed(world, cityId=world.city, role=Role.VIEWER)
    assert shown["customer"]["email"] == "r***@example.com"


@pytest.mark.proves("O-1")
async def test_by_command_as_lines_as_json_and_as_csv(world: World) -> None:
    order = (await world.buy()).body
    (row,) = await world.orders()
    only = ("orders", "list", "--city", world.city, "--name", "ellis", "--since", "1h")
    done = await fullhouse(world, *only)
    assert (done.returncode, done.stderr) == (0, "")
    placed = f"{row['placed_at']:%Y-%m-%d %H:%M:%S}Z"
    number = f"{row['number'][:4]}-{row['number'][4:]}"
    assert done.stdout == (
        f"{placed}  {number}  awaiting_payment  $1,198.00  2 {world.city} GA  Jordan Ellis, {world.email}\n"
    )
    as_json = json.loads((await fullhouse(world, *only, "--json")).stdout)
    assert ids(as_json["data"]) == {order["orderId"]}
    as_csv = (await fullhouse(world, *only, "--csv")).stdout
    assert list(csv.DictReader(as_csv.splitlines())) == await taken_along(world, cityId=world.city)
    nothing = await fullhouse(world, *only, "--status", "refunded")
    assert (nothing.returncode, nothing.stdout) == (0, "There is no such order.\n")
    refused = await fullhouse(world, *only, "--csv", "--status", "lost")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Refused: status: ")
