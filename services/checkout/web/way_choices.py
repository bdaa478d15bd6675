"""By which ways what is sold can be paid now, for the pages on which it is bought."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.database import Database
from checkout.catalogue.domain import Price
from checkout.catalogue.memory import CatalogueMemory
from checkout.providers import store as providers_store
from checkout.purchases.ways import OrderWays
from checkout.web.way_views import PayOption, pay_options


@dataclass(frozen=True, slots=True, kw_only=True)
class WayChoices:
    """What they work with.

    business: what the platform is called
    """

    database: Database
    memory: CatalogueMemory
    ways: OrderWays
    business: str

    async def of(self, item_id: str, price: Price, *, chosen: str) -> tuple[PayOption, ...] | None:
        """Of a city or a kind of pass; None where the platform alone takes the price. `chosen`: by its name."""
        provider_id = self.memory.current.terms.providers.get(item_id)
        options = await self.ways.offered(self.database, provider_id, price)
        if options is None or provider_id is None:
            return None
        provider = await providers_store.get(self.database, provider_id)
        name = provider.name if provider else ""
        return pay_options(options, provider=name, business=self.business, chosen=chosen)
