"""`fullhouse catalogue load` on a real database: what it takes off sale, it says first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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
from checkout.orders.states import SEATS
from events import OrderId, OrderState
from tests.fixtures import cities
from tests.fixtures.config_files import Document
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

    def run(self, *arguments: str) -> Any:
        return fullhouse("catalogue", *arguments, "--dir", str(self.folder), DATABASE_URL_CHECKOUT=self.url)

    def rewrite(self, change: Callable[[Document], None]) -> None:
        """Changes the file."""
        path = self.folder / "catalogue.yaml"
        catalogue = yaml.safe_load(path.read_text())
        change(catalogue)
        path.write_text(yaml.safe_dump(catalogue, sort_keys=False))

    def withdraw(self) -> None:
        """Takes a tier, a city and a code out of the file."""

        def change(catalogue: Document) -> None:
            del catalogue["cities"][DALLAS]["tiers"]["vip"]
            del catalogue["cities"][OTHER]
            del catalogue["discountCodes"]["FADE10"]

        self.rewrite(change)

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
    answer(made.run("load", "--json"))
    asyncio.run(insert(made.url, [placed(city, tier, state) for city, tier in PLACES for state in STATES]))
    return made


def placed(city_id: str, tier: str, state: OrderState) -> Order:
    made = order(state, order_id=OrderId(uuid7()), number=short_number())
    seats = tuple(
        seat.model_copy(update={"city_id": city_id, "tier": tier, "state": SEATS[state]}) for seat in made.seats
    )
    lines = tuple(line.model_copy(update={"item_id": city_id, "tier": tier}) for line in made.lines)
    return replace(made, seats=seats, lines=lines)


async def insert(url: str, orders: Sequence[Order]) -> None:
    database = await Database.connect(url, application="test")
    async with database.transaction() as tx:
        for each in orders:
            await orders_store.insert(tx, each, Cause(who="customer", why=Why.PLACED))
    await database.close()


@pytest.mark.proves("C-2")
def test_what_is_withdrawn_is_told_with_its_orders_and_is_done_only_when_somebody_says_so(business: Business) -> None:
    business.withdraw()
    told = answer(business.run("diff", "--json"))
    assert told["changed"] == [DALLAS, OTHER]
    assert told["withdrawn"] == [
        {"cityId": DALLAS, "tier": "vip", "paid": 2, "unpaid": 1, "soldSeats": 4},
        {"cityId": OTHER, "tier": None, "paid": 2, "unpaid": 1, "soldSeats": 4},
    ]
    assert told["endedCodes"] == [{"discountCode": "FADE10", "used": 0}]
    refused = business.run("load", "--json")
    assert (refused.returncode, f"Withdraw {DALLAS} vip, {OTHER}, FADE10? Say so with --yes." in refused.stderr) == (
        2,
        True,
    )
    assert (business.sold(OTHER), business.sold(DALLAS)) == ({"ga", "vip"}, {"ga", "vip"})
    assert answer(business.run("load", "--yes", "--json")) == told
    assert (business.sold(OTHER), business.sold(DALLAS)) == (set(), {"ga"})
    nothing: dict[str, list[object]] = {
        "changed": [],
        "changes": [],
        "withdrawn": [],
        "withdrawnPasses": [],
        "endedCodes": [],
    }
    assert answer(business.run("load", "--json")) == nothing
    (_, entry) = business.audited()
    assert (entry.after, entry.actor.endswith("@example.com"), entry.address) == (told, True, None)


@pytest.mark.proves("C-2")
def test_each_value_that_will_be_another_is_shown_and_of_members_only_how_many(business: Business) -> None:
    def change(catalogue: Document) -> None:
        dallas = catalogue["cities"][DALLAS]
        dallas["tiers"]["ga"] |= {"price": 64900, "publicLimit": 90}
        dallas["onSale"] = {**dallas["onSale"], "until": "2027-01-22T08:00:00-06:00"}
        catalogue["discountCodes"]["NEW5"] = {**catalogue["discountCodes"]["FADE10"], "percent": 5}
        catalogue["memberRoster"] = ["member@example.com"]

    business.rewrite(change)
    ga = f"cities.{DALLAS}.tiers.ga"
    lines = [
        f"{ga}.price: 59900 → 64900",
        f"{ga}.publicLimit: 100 → 90 (for new pools only; stock expand and shrink change one that exists)",
        f"cities.{DALLAS}.onSaleUntil: 2027-01-23T14:00:00Z → 2027-01-22T14:00:00Z",
        "discountCodes.NEW5: new",
        "members: none → 1",
    ]
    shown = business.run("diff").stdout
    assert sorted(shown.splitlines()) == sorted(lines)
    loaded = business.run("load").stdout
    assert loaded == f"{shown}Published as the file says: {DALLAS}.\n"
    assert business.run("diff").stdout == "Nothing would change.\n"
    assert "member@" not in str(business.audited())


@pytest.mark.proves("C-2")
def test_people_read_it_before_it_is_done(business: Business) -> None:
    business.rewrite(lambda catalogue: catalogue["cities"].pop(DALLAS))
    assert business.run("load", "--yes").stdout.splitlines() == [
        f"To be withdrawn: {DALLAS} (orders: 4 paid, 2 unpaid; seats sold: 8).",
        f"Published as the file says: {DALLAS}.",
    ]
