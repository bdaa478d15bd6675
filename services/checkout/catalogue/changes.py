"""What a new catalogue changes, next to the one before: value by value, and what it takes off sale. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from checkout.catalogue.domain import Catalogue, CityExtras
from events import CatalogueCityChanged

_NO_EXTRAS: Final = CityExtras()
CODES: Final = "discountCodes"


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the catalogue that will be another.

    path: where the file has it, such as `cities.dallas-jan-2027.tiers.ga.price`
    before: as it is; None for what is new
    after: as it will be; None for what is taken out
    """

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A city, a tier of one, or a kind of pass, that is not sold any more.

    city_id: the city; None for a pass
    tier: the kind of seats; None for all of the city
    pass_id: the kind of pass; None for a city
    """

    city_id: str | None = None
    tier: str | None = None
    pass_id: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What loading a catalogue would do.

    changed: the cities and kinds of pass that would be published
    changes: each value that will be another; of members how many there are
    withdrawn: what would no longer be sold
    """

    changed: tuple[str, ...]
    changes: tuple[Change, ...]
    withdrawn: tuple[Withdrawal, ...]

    @property
    def ended_codes(self) -> tuple[str, ...]:
        """The discount codes that will not count any more."""
        below = (change for change in self.changes if change.path.startswith(f"{CODES}.") and change.after is None)
        return tuple(change.path.removeprefix(f"{CODES}.") for change in below if change.path.count(".") == 1)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Between two catalogues as `entries` gives them."""
    return tuple(_between("", before, after))


def entries(catalogue: Catalogue) -> dict[str, Any]:
    """A catalogue as nested values, named as in the file; of the members only how many they are."""
    terms, extras = catalogue.terms, catalogue.terms.extras
    return {
        "maxQuantity": terms.max_quantity,
        "hold": f"{terms.hold.total_seconds():g}s",
        "businessTypes": {kind.id: kind.name for kind in terms.business_types},
        "cities": {key: _city(city, extras.get(key, _NO_EXTRAS)) for key, city in catalogue.cities.items()},
        "passes": {key: _written(kind, without={"version", "pass_id"}) for key, kind in catalogue.passes.items()},
        "providers": dict(terms.providers),
        CODES: {code: _written(found, without={"code"}) for code, found in terms.codes.items()},
        "members": None if terms.roster is None else len(terms.roster),
    }


def withdrawals(before: Catalogue, after: Catalogue) -> Iterator[Withdrawal]:
    """What is sold before and not after. `after`: as it would be published."""
    for city_id, city in before.cities.items():
        yield from () if city.withdrawn else _gone(city, after.cities[city_id])
    for pass_id, kind in before.passes.items():
        if after.passes[pass_id].withdrawn and not kind.withdrawn:
            yield Withdrawal(pass_id=pass_id)


def _gone(before: CatalogueCityChanged, after: CatalogueCityChanged) -> Iterator[Withdrawal]:
    if after.withdrawn:
        yield Withdrawal(city_id=after.city_id)
        return
    for tier in before.offered:
        if tier not in after.offered:
            yield Withdrawal(city_id=after.city_id, tier=tier)


def _city(city: CatalogueCityChanged, extras: CityExtras) -> dict[str, Any]:
    short = extras.short_names
    return {
        **_written(city, without={"version", "city_id", "venue", "tiers"}),
        **_written(extras, without={"short_names"}),
        "venue": _written(city.venue),
        "tiers": {name: {**_written(tier), "shortName": short.get(name)} for name, tier in city.tiers.items()},
    }


def _written(entry: BaseModel, *, without: Collection[str] = ()) -> dict[str, Any]:
    values = entry.model_dump(mode="json", exclude=set(without))
    return {to_camel(name): value for name, value in values.items()}


def _between(path: str, before: object, after: object) -> Iterator[Change]:
    if before == after or _off_sale(after):
        return
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield Change(path, before, after)
        return
    for name in dict.fromkeys((*before, *after)):
        below = f"{path}.{name}" if path else name
        yield from _between(below, before.get(name), after.get(name))


def _off_sale(entry: object) -> bool:
    """Of what goes, or stays, off sale nothing else matters: it is told as a withdrawal."""
    return isinstance(entry, Mapping) and bool(entry.get("withdrawn"))
