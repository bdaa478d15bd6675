from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from chassis.settings import HostSettings, TicketVerifyingSettings


class InventorySettings(HostSettings, TicketVerifyingSettings):
    """What inventory needs."""

    service: ClassVar[str] = "inventory"

    # More connections are slower on a hot row (design §6).
    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")
