"""What inventory reads of Kafka; docs/events is generated from it."""

from __future__ import annotations

from eventbus import Effect, View
from inventory.doors.consumers import doors_effect
from inventory.limits.consumers import limits_effect
from inventory.limits.service import LimitService
from inventory.pools.consumers import catalogue_effect, orders_effect
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock


def subscriptions(stock: Stock, mirror: Mirror, limits: LimitService) -> tuple[Effect | View, ...]:
    follows = (orders_effect(stock, mirror), catalogue_effect(stock, mirror))
    return (*follows, doors_effect(), limits_effect(limits, mirror)) if stock.restoring else follows
