"""`fullhouse catalogue load` on a real database: what it takes off sale, it says first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import audit
from chassis.audit import AuditEntry
from chassis.database import Database
from chassis.ids import short_number, uuid7
from checkout.catalogue import store as catalogue_store
from checkout.catalogue.domain import CATALOGUE
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from events import OrderId, OrderState
from tests.fixtures import cities
from tests.fixtures.postgres import MakeDatabase
from tests.integration.cli.test_local import answer, fullhouse
from tests.unit.checkout.samples import order

DALLAS, OTHER = "dallas-jan-2027", "thread-sms"
PLACES = ((DALLAS, "ga"), (DALLAS, "vip"), (OTHER, "ga"))
STATES = (OrderState.PAID, OrderState.DISPUTED, OrderState.REFUNDED, OrderState.AWAITING_PAYMENT, OrderState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Business:
    """Its folder of YAML files, and checkout's database."""

    folder: Path
    url: str

    def load(self, *arguments: str) -> Any:
        return fullhouse("catalogue", "load", "--dir", str(self.folder), *arguments, DATABASE_URL_CHECKOUT=self.url)

    def rewrite(self, *, without: str, tier: str = "") -> None:
        """Takes a city, or a tier of it, out of the file."""
        path = self.folder / "catalogue.yaml"
        catalogue = yaml.safe_load(path.read_text())
        if tier:
            del catalogue["cities"][without]["tiers"][tier]
        else:
            del catalogue["cities"][without]
        path.write_text(yaml.safe_dump(catalogue, sort_keys=False))

    def sold(self, city_id: str) -> set[str]:
        """The tiers that are sold in a city."""

        async def read() -> set[str]:
            database = await Database.connect(self.url, application="test")
            found = await catalogue_store.read(database)
            await database.close()
            city = found.city(city_id) if found else None
            return set(city.offered) if city else set()

        return asyncio.run(read())

    def audited(self) -> list[AuditEntry]:
        """What the audit has of loading; what changed nothing is not there."""

        async def read() -> list[AuditEntry]:
            database = await Database.connect(self.url, application="test")
            found = await audit.of_target(database, CATALOGUE)
            await database.close()
            return found

        return asyncio.run(read())


@pytest.fixture
def business(make_database: MakeDatabase, tmp_path: Path) -> Business:
    """With an order in each of the states at each of the places."""
    made = Business(folder=cities.write(tmp_path / "config"), url=make_database("checkout"))
    answer(made.load("--json"))
    asyncio.run(insert(made.url, [placed(city, tier, state) for city, tier in PLACES for state in STATES]))
    return made


def placed(city_id: str, tier: str, state: OrderState) -> Order:
    made = order(state, order_id=OrderId(uuid7()), number=short_number())
    seats = tuple(seat.model_copy(update={"city_id": city_id, "tier": tier}) for seat in made.seats)
    lines = tuple(line.model_copy(update={"item_id": city_id, "tier": tier}) for line in made.lines)
    return replace(made, seats=seats, lines=lines)


async def insert(url: str, orders: Sequence[Order]) -> None:
    database = await Database.connect(url, application="test")
    async with database.transaction() as tx:
        for each in orders:
            await orders_store.insert(tx, each, Cause(who="customer", why=Why.PLACED))
    await database.close()


@pytest.mark.proves("C-2")
def test_what_is_withdrawn_is_told_with_its_orders_and_a_check_changes_nothing(business: Business) -> None:
    business.rewrite(without=DALLAS, tier="vip")
    business.rewrite(without=OTHER)
    told = {
        "changed": [DALLAS, OTHER],
        "withdrawn": [
            {"cityId": DALLAS, "tier": "vip", "paid": 2, "unpaid": 1},
            {"cityId": OTHER, "tier": None, "paid": 2, "unpaid": 1},
        ],
    }
    assert answer(business.load("--check", "--json")) == told
    assert (business.sold(OTHER), business.sold(DALLAS)) == ({"ga", "vip"}, {"ga", "vip"})
    assert answer(business.load("--json")) == told
    assert (business.sold(OTHER), business.sold(DALLAS)) == (set(), {"ga"})
    assert answer(business.load("--json")) == {"changed": [], "withdrawn": []}
    (_, entry) = business.audited()
    assert (entry.after, entry.actor.endswith("@example.com"), entry.address) == (told, True, None)


@pytest.mark.proves("C-2")
def test_people_read_it_before_it_is_done(business: Business) -> None:
    business.rewrite(without=DALLAS)
    done = business.load()
    assert done.stdout.splitlines() == [
        f"To be withdrawn: {DALLAS} (orders: 4 paid, 2 unpaid).",
        f"Published as the file says: {DALLAS}.",
    ]
