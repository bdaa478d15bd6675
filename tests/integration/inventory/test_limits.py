"""People change how many seats there are: by HTTP, on a real database (I-8)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.clock import ManualClock
from chassis.database import CheckViolation
from chassis.errors import Retry
from chassis.process import ProcessRole
from chassis.refusals import RefusalReports
from chassis.tokens import Role
from events import (
    Event,
    PoolLimits,
    SecurityEvent,
    StockExpanded,
    StockLevelChanged,
    StockLow,
    StockReset,
    StockSoldOut,
)
from inventory.limits.api import LimitDeps
from inventory.limits.consumers import limits_effect
from tests.fixtures.postgres import fresh_databases
from tests.integration.inventory.bench import Bench, city_changed, open_bench, paid_event, received, require_proof
from tests.integration.inventory.service import Client, environ, person, running
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-8")]

ANN = "ann@example.com"
NUMBERS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A city of its own for each test, and an admin who changes it."""

    bench: Bench
    client: Client
    city: str

    async def ask(self, what: str, *, role: Role = Role.ADMIN, key: str | None = None, **body: Any) -> Answer:
        headers = {**person(role), "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        asked = {"cityId": self.city, "tier": "ga", "reason": "More chairs came", **body}
        return await call(
            self.client.app,
            "POST",
            f"/api/admin/inventory/{what}",
            headers=headers,
            body=json.dumps({name: value for name, value in asked.items() if value is not None}).encode(),
        )

    async def expand(self, spots: int = 10, **body: Any) -> Answer:
        return await self.ask("expand", additionalSpots=spots, **{"authorizedBy": ANN, **body})

    async def shown(self) -> Mapping[str, Any]:
        answer = await self.client.get(f"/api/inventory/{self.city}", **person(Role.ADMIN))
        found: Mapping[str, Any] = answer.json
        return found

    async def ledger(self) -> list[Mapping[str, Any]]:
        """Without the rows by which the pools were opened, oldest first."""
        path = f"/api/admin/inventory/transactions?cityId={self.city}&actor={ANN}"
        rows: list[Mapping[str, Any]] = (await self.client.get(path, **person(Role.VIEWER))).json["data"]
        return rows[::-1]

    async def audit(self, action: str) -> list[Mapping[str, Any]]:
        path = f"/api/admin/inventory/audit-log?action={action}"
        rows: list[Mapping[str, Any]] = (await self.client.get(path, **person(Role.ADMIN))).json["data"]
        return rows

    async def sell(self, quantity: int, tier: str = "ga") -> None:
        order = uuid4()
        await self.deliver(paid_event(order, quantity, city_id=self.city, tier=tier))

    async def open(self, *, version: int = 1, **tiers: tuple[int, int]) -> None:
        await self.deliver(city_changed(tiers, city=self.city, version=version))

    async def deliver(self, event: Event) -> None:
        """To another process than the one that is asked, which reads it from the database."""
        await self.bench.deliver(event)
        await self.client.deps.mirror.renew()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[tuple[Bench, Client]]:
    with fresh_databases(postgres) as make_database:
        url = make_database("inventory")
        values = {**environ(url, kafka="127.0.0.1:9", prefix=""), "AUTHORIZED_DOMAIN": "example.com"}
        async with open_bench(url) as bench, running(values, role=ProcessRole.API) as client:
            yield bench, client


@pytest_asyncio.fixture(loop_scope="module")
async def office(house: tuple[Bench, Client]) -> AsyncIterator[Office]:
    bench, client = house
    opened = Office(bench=bench, client=client, city=f"city-{next(NUMBERS)}")
    await opened.open(ga=(30, 35), vip=(5, 8))
    yield opened
    await require_proof(bench.database)


async def published(office: Office, kind: type[Any]) -> list[Any]:
    return [event for event in await office.bench.published(kind) if event.city_id == office.city]


@pytest.mark.proves("I-6", "A-12")
async def test_more_seats_are_there_at_once_for_all_who_ask(office: Office) -> None:
    answer = await office.expand(10, public=True)
    assert answer.status == 200, answer.body
    assert answer.json == {
        "success": True,
        "cityId": office.city,
        "tier": "ga",
        "additionalSpots": 10,
        "before": 35,
        "after": 45,
    }
    shown = await office.shown()
    assert (shown["publicLimits"], shown["actualLimits"]) == ({"ga": 40, "vip": 5}, {"ga": 45, "vip": 8})
    assert shown["publicAvailable"]["ga"] == 40
    (row,) = await office.ledger()
    assert (row["operation"], row["quantity"], row["reason"]) == ("expand", 10, "More chairs came")
    assert (row["before"]["actualLimit"], row["after"]["actualLimit"], row["after"]["publicLimit"]) == (35, 45, 40)
    (told,) = await published(office, StockExpanded)
    assert (told.limits_before, told.limits_after) == (
        PoolLimits(public=30, actual=35),
        PoolLimits(public=40, actual=45),
    )
    assert (told.remaining_inventory["ga"], told.stock_version) == (40, 3)
    (kept,) = [each for each in await office.audit("inventory_expanded") if each["target"] == f"pool:{office.city}/ga"]
    assert (kept["actor"], kept["before"], kept["after"]) == (
        ANN,
        {"public": 30, "actual": 35},
        {"public": 40, "actual": 45},
    )
    assert kept["reason"] == "More chairs came"


async def test_seats_for_the_room_only_are_not_on_the_pages(office: Office) -> None:
    assert (await office.expand(5)).json["after"] == 40
    shown = await office.shown()
    assert (shown["publicLimits"]["ga"], shown["actualLimits"]["ga"], shown["publicAvailable"]["ga"]) == (30, 40, 30)


@pytest.mark.proves("C-13")
async def test_refusals_have_their_codes_change_nothing_and_are_told_where_they_may_be_attacks(office: Office) -> None:
    told: list[SecurityEvent] = []
    office.client.app.state.refusals = RefusalReports(service="inventory", send=told.append, clock=ManualClock())
    refused = [
        await office.expand(0),
        await office.expand(51),
        await office.expand(1, tier="balcony"),
        await office.expand(1, authorizedBy="pat@example.com"),
        await office.expand(1, authorizedBy="ann@example.com.example.org"),
        await office.expand(1, reason=" "),
        await office.expand(1, cityId="nowhere"),
        await office.ask("expand", role=Role.OPERATOR, additionalSpots=1, authorizedBy=ANN),
    ]
    assert [(each.status, each.json["code"]) for each in refused] == [
        (422, "invalid_expansion_amount"),
        (422, "invalid_expansion_amount"),
        (422, "invalid_ticket_tier"),
        (403, "invalid_authorization"),
        (403, "invalid_authorization"),
        (422, "invalid_request"),
        (404, "unknown_city"),
        (403, "role_missing"),
    ]
    assert [(event.code, event.actor, event.what) for event in told] == [
        (code, "ann", "POST /api/admin/inventory/expand")
        for code in ("invalid_expansion_amount", "invalid_ticket_tier", "invalid_authorization", "role_missing")
    ]
    assert await office.ledger() == []
    assert (await office.shown())["actualLimits"]["ga"] == 35


@pytest.mark.proves("I-9")
async def test_a_threshold_is_announced_again_once_seats_were_opened(office: Office) -> None:
    await office.sell(5, "vip")
    assert len(await published(office, StockSoldOut)) == 1
    assert (await office.expand(4, tier="vip", public=True)).status == 200
    assert (await office.shown())["publicAvailable"]["vip"] == 4
    await office.sell(4, "vip")
    assert [event.tier for event in await published(office, StockSoldOut)] == ["vip", "vip"]


@pytest.mark.proves("I-9")
async def test_seats_that_are_taken_away_cross_thresholds_too(office: Office) -> None:
    answer = await office.ask("shrink", spots=20, public=True)
    assert answer.status == 200, answer.body
    assert (answer.json["before"], answer.json["after"]) == (
        {"public": 30, "actual": 35},
        {"public": 10, "actual": 15},
    )
    assert (await office.shown())["publicAvailable"]["ga"] == 10
    low = [event for event in await published(office, StockLow) if event.tier == "ga"]
    assert [(event.threshold, event.also_crossed) for event in low] == [(10, (15, 25))]
    assert (await published(office, StockLevelChanged))[-1].pools["ga"].actual_limit == 15
    assert [row["operation"] for row in await office.ledger()] == ["shrink"]


async def test_what_is_sold_and_held_can_not_be_taken_away(office: Office) -> None:
    await office.sell(20)
    await office.client.hold(uuid4(), 3, cityId=office.city)
    too_many = await office.ask("shrink", spots=13)
    assert (too_many.status, too_many.json["code"]) == (409, "seats_taken")
    assert (await office.ask("shrink", spots=12)).status == 200
    shown = await office.shown()
    assert (shown["publicLimits"]["ga"], shown["actualLimits"]["ga"], shown["publicAvailable"]["ga"]) == (23, 23, 0)
    with pytest.raises(CheckViolation):
        await office.bench.database.execute("UPDATE pools SET actual_limit = 22 WHERE city_id = $1", office.city)


async def test_a_reset_leads_to_what_the_catalogue_says_now_and_keeps_the_history(office: Office) -> None:
    await office.expand(10, public=True)
    await office.open(version=2, ga=(32, 36), vip=(5, 8))
    answer = await office.ask("reset", tier=None)
    assert answer.status == 200, answer.body
    assert answer.json["pools"] == [
        {"tier": "ga", "before": {"public": 40, "actual": 45}, "after": {"public": 32, "actual": 36}},
        {"tier": "vip", "before": {"public": 5, "actual": 8}, "after": {"public": 5, "actual": 8}},
    ]
    assert (await office.ask("reset", tier="ga")).status == 200
    assert [row["operation"] for row in await office.ledger()] == ["expand", "reset"]
    (told,) = await published(office, StockReset)
    assert (told.tier, told.limits_after) == ("ga", PoolLimits(public=32, actual=36))


async def test_who_clicks_twice_opens_seats_once(office: Office) -> None:
    answers = await asyncio.gather(*(office.expand(3, key="click-1") for _ in range(3)))
    assert [each.status for each in answers] == [200] * 3
    assert len({each.body for each in answers}) == 1
    other = await office.expand(4, key="click-1")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert [row["quantity"] for row in await office.ledger()] == [3]


async def test_many_who_open_and_buy_at_once_are_each_counted(office: Office) -> None:
    jobs = [office.expand(1, public=True) for _ in range(6)]
    jobs += [office.client.hold(uuid4(), 1, cityId=office.city) for _ in range(12)]
    jobs += [office.ask("shrink", spots=1) for _ in range(3)]
    assert {each.status for each in await asyncio.gather(*jobs)} == {200}
    shown = await office.shown()
    assert (shown["publicLimits"]["ga"], shown["actualLimits"]["ga"], shown["held"]["ga"]) == (36, 38, 12)


@pytest.mark.proves("E-4", "E-6")
async def test_after_a_restore_limits_are_taken_from_events_once_and_from_older_ones_never(office: Office) -> None:
    await office.expand(10)
    (told,) = await published(office, StockExpanded)
    limits = office.client.app.state.deps[LimitDeps].limits
    follow = limits_effect(limits, office.bench.mirror).handlers[StockExpanded]

    async def hear(version: int, actual: int) -> int:
        level = told.pools["ga"].model_copy(update={"actual_limit": actual})
        changes = {"stock_version": version, "pools": {**told.pools, "ga": level}}
        async with office.bench.database.transaction() as tx:
            await follow(tx, [received(told.model_copy(update=changes))])
        await office.client.deps.mirror.renew()
        return int((await office.shown())["actualLimits"]["ga"])

    assert await hear(7, 50) == 45, "nothing was restored"
    await office.bench.database.execute("UPDATE cities SET restored_version = 100 WHERE city_id = $1", office.city)
    assert [await hear(version, actual) for version, actual in ((8, 50), (8, 55), (7, 60), (9, 40), (100, 70))] == [
        50,
        50,
        50,
        40,
        40,
    ]
    assert (await office.ledger())[-1]["operation"] == "expand"
    path = f"/api/admin/inventory/transactions?cityId={office.city}&actor=restored"
    rows = (await office.client.get(path, **person(Role.VIEWER))).json["data"]
    assert [row["operation"] for row in rows] == ["shrink", "expand"]
    await office.sell(35)
    with pytest.raises(Retry):
        await hear(10, 30)
