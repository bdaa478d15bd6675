"""What the notifier has last seen of cities and of what is left there. Memory of this process, renewed by events."""

from __future__ import annotations

from collections.abc import Sequence

from eventbus import Received, Start, View
from events import CatalogueCityChanged, Event, StockEvent, Topic
from events.registry import REGISTRY
from notifier.messages.domain import Levels


class StockView:
    """Never asks inventory and never waits for it (N-1). Older events than what is known change nothing (E-6)."""

    def __init__(self) -> None:
        self._cities: dict[str, CatalogueCityChanged] = {}
        self._levels: dict[str, Levels] = {}

    def city(self, city_id: str) -> CatalogueCityChanged | None:
        return self._cities.get(city_id)

    def levels(self, city_id: str) -> Levels | None:
        return self._levels.get(city_id)

    def take(self, event: Event) -> None:
        if isinstance(event, CatalogueCityChanged):
            known = self._cities.get(event.city_id)
            if known is None or event.version > known.version:
                self._cities[event.city_id] = event
        elif isinstance(event, StockEvent):
            seen = self._levels.get(event.city_id)
            if seen is None or event.stock_version > seen.version:
                self._levels[event.city_id] = Levels(
                    version=event.stock_version,
                    available=dict(event.remaining_inventory),
                    as_of=event.occurred_at,
                )

    def view(self) -> View:
        """What every process of the notifier that writes messages reads."""

        async def handle(batch: Sequence[Received[Event]]) -> None:
            for received in batch:
                self.take(received.event)

        return View(
            name="notifier-stock",
            topics=(Topic.CATALOGUE, Topic.STOCK),
            types=(CatalogueCityChanged, *_stock_types()),
            handler=handle,
            start=Start.BEGINNING,
        )


def _stock_types() -> tuple[type[Event], ...]:
    return tuple(model for model in REGISTRY.values() if issubclass(model, StockEvent))
