"""What loading a catalogue would do: found in checkout's database, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.services import plain

if TYPE_CHECKING:
    import config
    from chassis.database import Transaction

_LIMITS: Final = frozenset({"publicLimit", "actualLimit"})
_LONGEST: Final = 60

Plan = dict[str, list[Any]]


async def look(values: Mapping[str, str], folder: Path) -> Plan:
    """What `load` would do now. Changes nothing."""
    import config
    from cli import connections

    wanted = config.load(folder).catalogue
    async with connections.database(values, "checkout") as database, database.transaction() as tx:
        return await _plan(tx, wanted)


async def load(values: Mapping[str, str], folder: Path, *, shown: Plan) -> None:
    """Does what was shown; CommandError when it would do something else by now."""
    import config
    from chassis import audit
    from checkout.catalogue import service
    from checkout.catalogue.domain import CATALOGUE, LOADED
    from cli import connections
    from cli.admin import actor
    from cli.errors import CommandError

    wanted = config.load(folder).catalogue
    async with connections.database(values, "checkout") as database, database.transaction() as tx:
        if hurting(await _plan(tx, wanted)) != hurting(shown):
            raise CommandError("Other things would be withdrawn by now than were shown. Nothing was done; begin again.")
        await service.load(tx, wanted)
        if shown["changed"] or shown["changes"]:
            await audit.record(tx, LOADED, actor=actor(values), target=CATALOGUE, after=shown)


def hurting(plan: Plan) -> list[str]:
    """The names of what people can't buy or use any more."""
    places = [f"{row['cityId']} {row['tier']}" if row["tier"] else row["cityId"] for row in plan["withdrawn"]]
    passes = (row["passId"] for row in plan["withdrawnPasses"])
    return [*places, *passes, *(row["discountCode"] for row in plan["endedCodes"])]


def lines(plan: Plan) -> Iterator[str]:
    """A line for each value that will be another, then one for each thing that goes off sale."""
    for change in plan["changes"]:
        yield plain(_line(change))
    for row in plan["withdrawn"]:
        yield plain(_farewell(row))
    for row in plan["withdrawnPasses"]:
        yield plain(f"To be withdrawn: pass {row['passId']} (active: {row['active']}; they stay good).")
    for row in plan["endedCodes"]:
        yield plain(f"To be ended: code {row['discountCode']} (used {row['used']} times).")


async def _plan(tx: Transaction, wanted: config.Catalogue) -> Plan:
    from checkout.catalogue import service, store
    from checkout.passes import store as passes_store

    found = await service.compare(tx, wanted)
    kinds = [each.pass_id for each in found.withdrawn if each.pass_id is not None]
    places = [(each.city_id, each.tier) for each in found.withdrawn if each.city_id is not None]
    return {
        "changed": list(found.changed),
        "changes": [asdict(change) for change in found.changes],
        "withdrawn": await _places(tx, places),
        "withdrawnPasses": [{"passId": kind, "active": await passes_store.active(tx, kind)} for kind in kinds],
        "endedCodes": [
            {"discountCode": code, "used": (await store.uses(tx, code, ""))[0]} for code in found.ended_codes
        ],
    }


async def _places(tx: Transaction, places: Sequence[tuple[str, str | None]]) -> list[dict[str, Any]]:
    from checkout.orders import count_store
    from checkout.orders.count_store import OrderCount

    counts, none = await count_store.by_place(tx, {city_id for city_id, _ in places}), OrderCount()
    return [
        {
            "cityId": city_id,
            "tier": tier,
            "paid": counts.get((city_id, tier), none).paid,
            "unpaid": counts.get((city_id, tier), none).unpaid,
            "soldSeats": counts.get((city_id, tier), none).sold_seats,
        }
        for city_id, tier in places
    ]


def _line(change: Mapping[str, Any]) -> str:
    path, before, after = change["path"], change["before"], change["after"]
    if before is None and isinstance(after, Mapping):
        return f"{path}: new"
    if after is None and isinstance(before, Mapping):
        return f"{path}: taken out"
    limit = before is not None and path.rpartition(".")[2] in _LIMITS
    note = " (for new pools only; stock expand and shrink change one that exists)" if limit else ""
    return f"{path}: {_value(before)} → {_value(after)}{note}"


def _value(value: object) -> str:
    """As the file could have it, cut where it is long."""
    text = "none" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _farewell(row: Mapping[str, Any]) -> str:
    what = f"{row['tier']} in {row['cityId']}" if row["tier"] else row["cityId"]
    return (
        f"To be withdrawn: {what} (orders: {row['paid']} paid, {row['unpaid']} unpaid; seats sold: {row['soldSeats']})."
    )
