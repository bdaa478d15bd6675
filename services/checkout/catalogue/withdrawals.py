"""What a new catalogue takes off sale, next to the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from events import CatalogueCityChanged


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A city, or a tier of one, that is not sold any more.

    city_id: the city
    tier: the kind of seats; None for all of them
    """

    city_id: str
    tier: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What loading a catalogue would do.

    changed: the cities that would be published
    withdrawn: what would no longer be sold
    """

    changed: tuple[str, ...]
    withdrawn: tuple[Withdrawal, ...]


def compared(before: Mapping[str, CatalogueCityChanged], changed: Iterable[CatalogueCityChanged]) -> Comparison:
    """`changed`: the cities as they would be published."""
    cities = list(changed)
    gone = (each for city in cities if city.city_id in before for each in _gone(before[city.city_id], city))
    return Comparison(changed=tuple(city.city_id for city in cities), withdrawn=tuple(gone))


def _gone(before: CatalogueCityChanged, after: CatalogueCityChanged) -> Iterator[Withdrawal]:
    if before.withdrawn:
        return
    if after.withdrawn:
        yield Withdrawal(after.city_id, None)
        return
    for tier in before.offered:
        if tier not in after.offered:
            yield Withdrawal(after.city_id, tier)
