"""What inventory reads from its environment."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from chassis.settings import (
    CheckoutAddressSettings,
    DomainSettings,
    EnvironSettings,
    HostSettings,
    Seconds,
    Section,
    TicketVerifyingSettings,
)


class InventoryPaceSettings(EnvironSettings):
    """How much inventory does at once, and lets wait."""

    section: ClassVar[Section] = Section.LIMITS

    # Few on purpose: more connections wait for the same locked row, and each sale becomes slower.
    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")
    delayed_seats_percent: int = Field(
        20,
        ge=0,
        le=100,
        description="how many per cent of a tier's public seats may wait for a payment method whose money comes later,"
        " such as a bank debit; none do once the tier is low",
    )


class WaitlistSettings(EnvironSettings):
    """How the waiting list works."""

    section: ClassVar[Section] = Section.LIMITS

    waitlist_offer: Seconds = Field(
        timedelta(minutes=30),
        gt=timedelta(0),
        description="how many seconds seats that came back are kept for who is next in line",
    )


class InventorySettings(
    HostSettings,
    TicketVerifyingSettings,
    CheckoutAddressSettings,
    DomainSettings,
    InventoryPaceSettings,
    WaitlistSettings,
):
    """What inventory needs."""

    service: ClassVar[str] = "inventory"
