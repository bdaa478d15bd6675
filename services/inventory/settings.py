"""What inventory reads from its environment."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from chassis.settings import EnvironSettings, HostSettings, Section, TicketVerifyingSettings


class InventoryPaceSettings(EnvironSettings):
    """How much inventory does at once."""

    section: ClassVar[Section] = Section.LIMITS

    # Few on purpose: more connections wait for the same locked row, and each sale becomes slower.
    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")


class InventorySettings(HostSettings, TicketVerifyingSettings, InventoryPaceSettings):
    """What inventory needs."""

    service: ClassVar[str] = "inventory"
