"""What the database says the stock is, as a forecast says it, and what must hold of it by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tests.integration.inventory.machine.forecast import (
    GONE,
    HELD,
    OFFERED,
    ORDERS,
    OVERSOLD,
    PENDING,
    PUBLIC,
    SOLD,
    SPARE,
    WAITING,
    Forecast,
    OrderForecast,
    PlaceInLine,
    TicketForecast,
)
from tests.integration.inventory.machine.house import House

_READ: Final = """
SELECT json_build_object(
    'pool', (SELECT row_to_json(p) FROM pools AS p),
    'city', (SELECT row_to_json(c) FROM cities AS c),
    'ledger', (SELECT after FROM ledger ORDER BY id DESC LIMIT 1),
    'holds', (SELECT coalesce(json_agg(h ORDER BY part), '[]') FROM holds AS h),
    'tickets', (SELECT coalesce(json_agg(t ORDER BY issued_at, order_id, seat), '[]') FROM tickets AS t),
    'line', (SELECT coalesce(json_agg(w ORDER BY place), '[]') FROM waitlist AS w),
    'inside', (SELECT coalesce(json_agg(a), '[]') FROM admissions AS a WHERE inside)
)::text
"""
_ALIVE: Final = {WAITING, OFFERED}


async def read(house: House) -> Forecast:
    """Fails where the rows contradict each other."""
    rows: Mapping[str, Any] = json.loads(await house.admin.fetchval(_READ))
    found = _forecast(rows)
    _require_agreement(rows, found)
    return found


def _forecast(rows: Mapping[str, Any]) -> Forecast:
    line = [row for row in rows["line"] if row["state"] in _ALIVE]
    newest = sorted(
        (row for row in line if row["state"] == OFFERED), key=lambda row: (row["offered_until"], row["place"])
    )
    numbers = {row["entry_id"]: number for number, row in enumerate(newest, start=1)}
    found = Forecast(public=rows["pool"]["public_limit"], actual=rows["pool"]["actual_limit"], offers=len(newest))
    for row in rows["holds"]:
        order = UUID(row["order_id"])
        if order in ORDERS:  # the others are offers
            before = found.orders.get(order)
            version = max(row["order_version"], before.version if before else 0)
            found.orders[order] = OrderForecast(_state(row), row["quantity"], version)
    for row in rows["tickets"]:
        ticket = TicketForecast(row["place"], row["valid"], row["disputed"])
        found.tickets[UUID(row["order_id"]), row["seat"]] = ticket
    for row in line:
        name = row["email_key"].partition("@")[0]
        found.line.append(PlaceInLine(name, row["quantity"], row["state"], numbers.get(row["entry_id"], 0)))
    found.inside = {(UUID(row["order_id"]), row["seat"]) for row in rows["inside"]}
    return found


def _state(row: Mapping[str, Any]) -> str:
    if row["state"] == "held":
        return HELD if row["hard_until"] else PENDING
    return SOLD if row["state"] == "sold" else GONE


def _require_agreement(rows: Mapping[str, Any], found: Forecast) -> None:
    pool, ledger = rows["pool"], rows["ledger"]
    by_rows = (found.held, found.count(PUBLIC, SPARE), found.count(SPARE), found.count(OVERSOLD))
    by_pool = (pool["held"], pool["sold"], pool["spare_sold"], pool["oversold"])
    by_ledger = (ledger["held"], ledger["sold"], ledger["spareSold"], ledger["oversold"])
    assert by_pool == by_rows, f"the pool has {by_pool}, its holds, offers and tickets {by_rows}"
    assert by_pool == by_ledger, f"the pool has {by_pool}, its ledger ends with {by_ledger}"
    assert (pool["public_limit"], pool["actual_limit"]) == (ledger["publicLimit"], ledger["actualLimit"])
    alive = {row["order_id"] for row in rows["holds"] if row["state"] == "held"}
    offered = [row["offer_id"] for row in rows["line"] if row["state"] == OFFERED]
    assert len(offered) == len(set(offered)) == len(alive & set(offered)), "an offer is a hold, and everybody's own"
    held = sum(row["quantity"] for row in rows["holds"] if row["state"] == "held")
    assert held == found.held, f"{held - found.held} seats are held for nobody"
    assert found.held + found.count(PUBLIC, SPARE) <= found.actual
    assert found.held + found.count(PUBLIC) <= found.public
    sold = {order: each.seats for order, each in found.orders.items() if each.state == SOLD}
    for order, seats in sold.items():
        assert [seat for owner, seat in sorted(found.tickets) if owner == order] == list(range(1, seats + 1))
    assert {owner for owner, _ in found.tickets} == sold.keys()
    assert not (found.empty > 0 and found.count(OVERSOLD)), "somebody has paid for a seat that is empty"
    assert rows["city"]["in_line"] == len(found.line)
    assert not found.count(OVERSOLD) or found.actual == found.held + found.count(PUBLIC, SPARE), "owed seats are idle"
    idle = [each.name for each in found.line if each.state == WAITING and each.seats <= found.free]
    assert idle == [], f"{idle} wait for seats that are free"


def plain(forecast: Forecast) -> dict[str, Any]:
    """What two forecasts must have in common; how many seats somebody had is forgotten with the hold."""
    orders = {
        order.int: (each.state, 0 if each.state == GONE else each.seats, each.version)
        for order, each in sorted(forecast.orders.items())
    }
    return {
        "limits": (forecast.public, forecast.actual),
        "free": max(0, forecast.free),
        "room": forecast.room,
        "orders": orders,
        "tickets": {(order.int, seat): each for (order, seat), each in sorted(forecast.tickets.items())},
        "line": [(each.name, each.seats, each.state) for each in forecast.line],
        "inside": {(order.int, seat) for order, seat in forecast.inside},
    }
