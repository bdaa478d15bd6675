"""Remembers what this process has last seen of cities and of what is left there."""

from __future__ import annotations

from events import CatalogueCityChanged, StockEvent
from notifier.messages.domain import Levels


class StockView:
    """What texts quote of stock and cities. Events renew it; older ones than what is known change nothing (E-6).

    Nobody asks inventory for a text, or waits for it (N-1).
    """

    def __init__(self) -> None:
        self._cities: dict[str, CatalogueCityChanged] = {}
        self._levels: dict[str, Levels] = {}

    def city(self, city_id: str) -> CatalogueCityChanged | None:
        return self._cities.get(city_id)

    def levels(self, city_id: str) -> Levels | None:
        return self._levels.get(city_id)

    def take_city(self, event: CatalogueCityChanged) -> None:
        known = self._cities.get(event.city_id)
        if known is None or event.version > known.version:
            self._cities[event.city_id] = event

    def take_levels(self, event: StockEvent) -> None:
        known = self._levels.get(event.city_id)
        if known is None or event.stock_version > known.version:
            self._levels[event.city_id] = Levels(
                version=event.stock_version,
                available=dict(event.remaining_inventory),
                as_of=event.occurred_at,
            )
