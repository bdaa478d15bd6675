"""The catalogue in memory: pages and prices ask no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.database import Database
from checkout.catalogue import store
from checkout.catalogue.domain import Catalogue
from checkout.catalogue.errors import CatalogueEmpty
from eventbus import Received, Start, View
from events import CatalogueCityChanged, CataloguePassChanged, Topic


class CatalogueMemory:
    """The catalogue as every process keeps it, renewed by the events on `catalogue` and by a look now and then.

    The events only say that something changed: the database is ours, and newer than any event from it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._catalogue: Catalogue | None = None

    @property
    def current(self) -> Catalogue:
        """Raises CatalogueEmpty before the first load of a catalogue."""
        if self._catalogue is None:
            raise CatalogueEmpty
        return self._catalogue

    async def refresh(self) -> None:
        """Reads the catalogue when its revision has moved."""
        revision = await store.revision(self._database)
        if revision is not None and (self._catalogue is None or revision != self._catalogue.revision):
            self._catalogue = await store.read(self._database)

    def view(self) -> View:
        """Every process reads each change of the catalogue, from its start on."""

        async def on_change(_received: Sequence[Received[Any]]) -> None:
            await self.refresh()

        return View(
            name="catalogue",
            topics=(Topic.CATALOGUE,),
            types=(CatalogueCityChanged, CataloguePassChanged),
            handler=on_change,
            start=Start.NOW,
        )
