"""What checkout's staff pages of orders work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi.responses import Response

from chassis import formats
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from checkout.catalogue.memory import CatalogueMemory
from checkout.refunds import store as refunds_store
from checkout.staff.order_deed_views import OrderMoney
from ui.staff import StaffSite


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDesk:
    """What the pages work with.

    site: templates and the business's clock
    database: checkout's own; what is shown is read without locks
    memory: the catalogue, for the names of cities
    clock: the time
    """

    site: StaffSite
    database: Database
    memory: CatalogueMemory
    clock: Clock

    def page(self, template: str, *, person: str, status: int = 200, **context: object) -> Response:
        """A page with what all of them say: whose it is, and of when."""
        at = formats.zoned_time(self.clock.now(), self.site.zone.key)
        return self.site.page(template, status=status, person=person, at=at, **context)


Desk = Annotated[OrderDesk, provided(OrderDesk)]


async def money_of(database: Database, order_id: UUID) -> OrderMoney:
    """What came for an order, and what is due to go back."""
    return OrderMoney(
        payments=await refunds_store.payments_of(database, order_id),
        under_way=await refunds_store.under_way(database, order_id),
    )
