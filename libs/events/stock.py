from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, Part
from events.topics import Topic


class PoolLevel(Part):
    """One tier of a city after the change. `available` is what is left publicly, never below 0 here."""

    public_limit: int
    actual_limit: int
    held: int
    sold: int
    oversold: int
    available: int


class StockEvent(Event):
    """A change of a city's stock. `stock_version` grows by one with each change of the city (E-11)."""

    topic: ClassVar[Topic] = Topic.STOCK

    city_id: str
    stock_version: int
    remaining_inventory: Annotated[dict[str, int], Field(description="what is left publicly of each tier")]
    pools: Annotated[dict[str, PoolLevel], Field(description="the city's pools after the change")]
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.city_id


class OrderStockEvent(StockEvent):
    order_id: OrderId
    tier: str
    quantity: int


class StockHeld(OrderStockEvent):
    type: ClassVar[str] = "fullhouse.stock.held.v1"


class StockReleased(OrderStockEvent):
    type: ClassVar[str] = "fullhouse.stock.released.v1"

    reason: str


class StockSold(OrderStockEvent):
    """`from_room`: how many of the seats were taken between public and actual limit (I-3)."""

    type: ClassVar[str] = "fullhouse.stock.sold.v1"

    from_room: int = 0


class StockReturned(OrderStockEvent):
    type: ClassVar[str] = "fullhouse.stock.returned.v1"


class StockOversold(OrderStockEvent):
    """Paid seats that no limit had room for (I-3)."""

    type: ClassVar[str] = "fullhouse.stock.oversold.v1"


class StockLevelChanged(StockEvent):
    """Pools were opened or their limits changed."""

    type: ClassVar[str] = "fullhouse.stock.level_changed.v1"


class StockScope(StrEnum):
    TIER = "tier"
    CITY = "city"


class StockLow(StockEvent):
    """A threshold was crossed downwards, once (I-9). `tier` is empty when `scope` is `city`."""

    type: ClassVar[str] = "fullhouse.stock.low.v1"

    scope: StockScope
    tier: str = ""
    available: int
    level: Annotated[str, Field(description="what the pool is called from here on down: INFO, LOW or CRITICAL")]
    urgent: Annotated[bool, Field(description="somebody should act although the level is not CRITICAL yet")] = False
    threshold: Annotated[int, Field(description="the remaining public seats at which it was crossed")]
    also_crossed: tuple[int, ...] = ()


class StockSoldOut(StockEvent):
    type: ClassVar[str] = "fullhouse.stock.sold_out.v1"

    tier: str
    also_crossed: tuple[int, ...] = ()
