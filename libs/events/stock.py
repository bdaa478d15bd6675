"""Events of each city's stock: what was held, sold, given back."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, Part, Vocabulary, words_of
from events.topics import Topic


class PoolLevel(Part):
    """One tier of a city after the change."""

    public_limit: Annotated[int, Field(description="seats that buyers are offered")]
    actual_limit: Annotated[int, Field(description="seats that there really are")]
    held: Annotated[int, Field(description="seats that are held for orders")]
    sold: Annotated[int, Field(description="seats that are sold")]
    oversold: Annotated[int, Field(description="paid seats that no limit has room for")]
    available: Annotated[int, Field(description="seats left publicly, never below 0")]


class StockEvent(Event):
    """A change of a city's stock. `stock_version` grows by one with each change of the city (E-11)."""

    topic: ClassVar[Topic] = Topic.STOCK

    city_id: Annotated[str, Field(description="the city")]
    stock_version: Annotated[int, Field(description="grows by one with each change of the city's stock")]
    remaining_inventory: Annotated[dict[str, int], Field(description="what is left publicly of each tier")]
    pools: Annotated[dict[str, PoolLevel], Field(description="the city's pools after the change")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the stock changed")]

    @property
    def key(self) -> str:
        return self.city_id


class OrderStockEvent(StockEvent):
    """A change of one pool for an order; an order with several tiers makes several events."""

    order_id: Annotated[OrderId, Field(description="the order")]
    tier: Annotated[str, Field(description="the tier of the seats")]
    quantity: Annotated[int, Field(description="how many seats")]


class StockHeld(OrderStockEvent):
    """Seats are kept for an order that is being paid."""

    type: ClassVar[str] = "fullhouse.stock.held.v1"


class ReleaseCause(Vocabulary):
    """Why held seats were given back without being sold."""

    ORDER_EXPIRED = "order_expired"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_PAYMENT_FAILED = "order_payment_failed"
    PAID_FOR_OTHER_SEATS = "paid_for_other_seats"
    OFFER_TAKEN = "offer_taken"
    NEEDED_FOR_PAID_ORDER = "needed_for_paid_order"
    MOVED_INTO = "moved_into"
    HOLD_ENDED = "hold_ended"
    ASKED = "asked"


class StockReleased(OrderStockEvent):
    """Held seats were given back."""

    type: ClassVar[str] = "fullhouse.stock.released.v1"

    cause: Annotated[str, words_of(ReleaseCause, "why they were given back")]


class StockSold(OrderStockEvent):
    """Seats are sold."""

    type: ClassVar[str] = "fullhouse.stock.sold.v1"

    from_spare: Annotated[int, Field(description="how many of them lie between public and actual limit")] = 0


class StockReturned(OrderStockEvent):
    """Sold seats were given back by a refund or a move."""

    type: ClassVar[str] = "fullhouse.stock.returned.v1"


class StockOversold(OrderStockEvent):
    """Seats were paid that no limit had room for (I-3)."""

    type: ClassVar[str] = "fullhouse.stock.oversold.v1"


class OversoldResolution(Vocabulary):
    """How seats that were paid without a seat being left were settled (I-3)."""

    SEAT_FOUND = "seat_found"
    MOVED = "moved"
    REFUNDED = "refunded"


class StockOversoldResolved(OrderStockEvent):
    """Oversold seats are settled: there is a seat for them now, or nobody waits for one any more (I-3)."""

    type: ClassVar[str] = "fullhouse.stock.oversold_resolved.v1"

    cause: Annotated[str, words_of(OversoldResolution, "how they were settled")]
    still_oversold: Annotated[int, Field(description="how many seats of the order in this pool still have none")]


class StockLevelChanged(StockEvent):
    """Pools were opened, lowered or corrected, or the money for held seats is on its way."""

    type: ClassVar[str] = "fullhouse.stock.level_changed.v1"


class PoolLimits(Part):
    """How many seats a tier of a city has."""

    public: Annotated[int, Field(description="seats that buyers are offered")]
    actual: Annotated[int, Field(description="seats that there really are")]


class LimitsEvent(StockEvent):
    """A change of the limits of one pool."""

    tier: Annotated[str, Field(description="the tier whose limits changed")]
    limits_before: Annotated[PoolLimits, Field(description="the limits before the change")]
    limits_after: Annotated[PoolLimits, Field(description="the limits since then")]


class StockExpanded(LimitsEvent):
    """A person has opened more seats of a pool (I-8)."""

    type: ClassVar[str] = "fullhouse.stock.expanded.v1"


class StockReset(LimitsEvent):
    """A person has set a pool back to the limits with which the catalogue begins it."""

    type: ClassVar[str] = "fullhouse.stock.reset.v1"


class StockScope(Vocabulary):
    """What a level belongs to."""

    TIER = "tier"
    CITY = "city"


class StockLow(StockEvent):
    """A threshold was crossed downwards, once (I-9)."""

    type: ClassVar[str] = "fullhouse.stock.low.v1"

    scope: Annotated[str, words_of(StockScope, "what the level is of")]
    tier: Annotated[str, Field(description="empty when the level is the city's")] = ""
    available: Annotated[int, Field(description="seats left publicly")]
    level: Annotated[str, Field(description="what the pool is called from here on down: INFO, LOW or CRITICAL")]
    urgent: Annotated[bool, Field(description="somebody should act although the level is not CRITICAL yet")] = False
    threshold: Annotated[int, Field(description="the remaining public seats at which it was crossed")]
    also_crossed: Annotated[tuple[int, ...], Field(description="higher thresholds that the same change crossed")] = ()


class StockSoldOut(StockEvent):
    """No public seat of a tier is left."""

    type: ClassVar[str] = "fullhouse.stock.sold_out.v1"

    tier: Annotated[str, Field(description="the tier that is sold out")]
    also_crossed: Annotated[tuple[int, ...], Field(description="higher thresholds that the same change crossed")] = ()


class TicketCheckedIn(Event):
    """A ticket was used at a door, or that was undone: how the ticket stands after it (E-6)."""

    type: ClassVar[str] = "fullhouse.ticket.checked_in.v1"
    topic: ClassVar[Topic] = Topic.STOCK

    city_id: Annotated[str, Field(description="the city")]
    order_id: Annotated[OrderId, Field(description="the order that paid for the ticket")]
    seat: Annotated[int, Field(description="the number of its seat within the order")]
    tier: Annotated[str, Field(description="the tier of its seat")]
    version: Annotated[int, Field(description="of the ticket's admission; only grows")]
    inside: Annotated[bool, Field(description="whether its holder is in; false when a check-in was undone")]
    door: Annotated[str, Field(description="the door that counts: of several the one of the first scan")]
    scanned_at: Annotated[AwareDatetime, Field(description="when it was scanned there")]
    scan: Annotated[str, Field(description="tells the scan from others of the same ticket")]
    offline: Annotated[bool, Field(description="whether the door had no network and told of it later")] = False
    occurred_at: Annotated[AwareDatetime, Field(description="when inventory knew of it")]

    @property
    def key(self) -> str:
        return self.city_id
