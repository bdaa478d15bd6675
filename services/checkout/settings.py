from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from chassis.settings import (
    HostSettings,
    InventoryClientSettings,
    PublicUrlSettings,
    StripeSettings,
    TicketSigningSettings,
)


class CheckoutSettings(
    HostSettings,
    StripeSettings,
    PublicUrlSettings,
    InventoryClientSettings,
    TicketSigningSettings,
):
    """What checkout needs. Durations are whole seconds in the environment."""

    service: ClassVar[str] = "checkout"

    checkout_hold_seconds: float | None = Field(
        None, gt=0, description="how many seconds the seats are promised to a buyer, instead of the catalogue's minutes"
    )
    checkout_session_seconds: int = Field(
        2100, ge=1800, le=86_100, description="how many seconds a payment session lives; Stripe takes 1800 to 86400"
    )
    checkout_lease_seconds: float = Field(
        15, gt=0, description="after how many seconds a purchase that stands still counts as abandoned by its process"
    )
    checkout_sweep_seconds: float = Field(
        1, gt=0, description="how many seconds lie between two looks at purchases that are due"
    )
    stripe_rate_per_second: float = Field(
        25, gt=0, description="how many calls a second Stripe takes for one kind of call (C-1)"
    )
    stripe_deadline_seconds: float = Field(20, gt=0, description="how many seconds a buyer waits for Stripe at most")
    database_pool_size: int = Field(8, ge=2, le=100, description="the number of connections to the database")

    @property
    def hold(self) -> timedelta | None:
        """What the buyer is promised (promised_until); None where the catalogue decides."""
        return None if self.checkout_hold_seconds is None else timedelta(seconds=self.checkout_hold_seconds)

    @property
    def session_life(self) -> timedelta:
        """Stripe: a session lives 30 minutes at least; we ask for 35."""
        return timedelta(seconds=self.checkout_session_seconds)

    @property
    def hard_hold(self) -> timedelta:
        """Inventory's backstop: the session's own end and 5 minutes (I-2)."""
        return self.session_life + timedelta(minutes=5)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.checkout_lease_seconds)

    @property
    def inventory_patience(self) -> timedelta:
        """How long a purchase waits for an inventory that is being restarted (L-9: 5 s, 10 under load). Less than
        the lease: what waits and then still asks must not count as abandoned meanwhile.
        """
        return self.lease * 2 / 3
