"""How each deed comes to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.integration.audit.prepared import (
    appointments,
    bus,
    connections,
    customers,
    operations,
    orders,
    providers,
    stock,
    webhooks,
)
from tests.integration.audit.prepared.wishes import Prepare

# By its action.
PREPARED: Final[Mapping[str, Prepare]] = {
    **bus.DEEDS,
    **operations.DEEDS,
    **customers.DEEDS,
    **stock.DEEDS,
    **orders.DEEDS,
    **webhooks.DEEDS,
    **providers.DEEDS,
    **connections.DEEDS,
    **appointments.DEEDS,
}
