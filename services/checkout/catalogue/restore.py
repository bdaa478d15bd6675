"""A catalogue that was restored from a backup follows its own events, and then everybody hears of it (E-4, E-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from chassis.clock import SystemClock
from chassis.database import Transaction
from checkout.catalogue import store
from eventbus import Outbox
from events import CatalogueCityChanged, CataloguePassChanged

Entry = TypeVar("Entry", CatalogueCityChanged, CataloguePassChanged)


async def restore_catalogue(tx: Transaction, events: Iterable[object]) -> int:
    """Takes cities and passes that were changed since the backup; returns how many.

    What is in no event stays as it was: codes, and what else people load with them.
    """
    events = list(events)
    await store.lock(tx)
    known = await store.read(tx)
    if known is None:
        return 0
    cities = _newer(known.cities, {each.city_id: each for each in events if isinstance(each, CatalogueCityChanged)})
    passes = _newer(known.passes, {each.pass_id: each for each in events if isinstance(each, CataloguePassChanged)})
    for city in cities:
        await store.save_city(tx, city)
    for kind in passes:
        await store.save_pass(tx, kind)
    return len(cities) + len(passes)


def _newer(known: Mapping[str, Entry], told: Mapping[str, Entry]) -> list[Entry]:
    return [entry for name, entry in told.items() if name not in known or known[name].version < entry.version]


async def tell_all(tx: Transaction) -> int:
    """Publishes every city and pass as it is; returns how many. Their versions were set beyond all that others saw."""
    await store.lock(tx)
    known = await store.read(tx)
    entries = [*known.cities.values(), *known.passes.values()] if known else []
    await Outbox(source="checkout", clock=SystemClock(), wake=lambda: None).publish(tx, *entries)
    return len(entries)
