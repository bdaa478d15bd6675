"""What checkout reads from its environment."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from chassis.settings import (
    CurrencySettings,
    EncryptionSettings,
    EnvironSettings,
    HostSettings,
    InventoryClientSettings,
    PaypalSettings,
    PublicUrlSettings,
    Seconds,
    Section,
    SquareSettings,
    StripeSettings,
    TicketSigningSettings,
)

_NOTHING = timedelta(0)


class CheckoutPaceSettings(EnvironSettings):
    """How long checkout waits for what, and how much it does at once."""

    section: ClassVar[Section] = Section.LIMITS

    checkout_session: Seconds = Field(
        timedelta(minutes=35),
        ge=timedelta(minutes=30),
        le=timedelta(hours=23, minutes=55),
        description="how many seconds a payment session lives; Stripe takes 1800 to 86400",
    )
    checkout_lease: Seconds = Field(
        timedelta(seconds=15),
        gt=_NOTHING,
        description="after how many seconds a purchase that stands still counts as abandoned by its process",
    )
    checkout_sweep: Seconds = Field(
        timedelta(seconds=1),
        gt=_NOTHING,
        description="how many seconds lie between two looks at purchases that are due",
    )
    checkout_poll: Seconds = Field(
        timedelta(minutes=1),
        gt=_NOTHING,
        description="how many seconds a payment or webhook is waited for before the processor's lists are asked",
    )
    stripe_rate_per_second: float = Field(
        25, gt=0, description="how many calls a second Stripe takes for one kind of call"
    )
    stripe_deadline: Seconds = Field(
        timedelta(seconds=20), gt=_NOTHING, description="how many seconds a buyer waits for Stripe at most"
    )
    open_seats_per_buyer: int = Field(
        12, ge=1, description="how many unpaid seats one address, and one e-mail address, may hold at a time"
    )
    purchases_per_email_per_minute: int = Field(
        10, ge=1, description="how many purchases a minute one e-mail address may begin"
    )
    commission_invoice_days: int = Field(
        14, ge=1, le=90, description="how many days a provider has to pay an invoice of commission"
    )
    database_pool_size: int = Field(8, ge=2, le=100, description="the number of connections to the database")

    @property
    def hard_hold(self) -> timedelta:
        """Inventory's backstop: the session's own end and 5 minutes (I-2)."""
        return self.checkout_session + timedelta(minutes=5)

    @property
    def inventory_patience(self) -> timedelta:
        """How long a purchase waits for an inventory that is being restarted (L-9: 5 s, 10 under load). Less than
        the lease: what waits and then still asks must not count as abandoned meanwhile.
        """
        return self.checkout_lease * 2 / 3


class CheckoutSettings(
    HostSettings,
    StripeSettings,
    SquareSettings,
    PaypalSettings,
    PublicUrlSettings,
    InventoryClientSettings,
    TicketSigningSettings,
    CurrencySettings,
    EncryptionSettings,
    CheckoutPaceSettings,
):
    """What checkout needs."""

    service: ClassVar[str] = "checkout"
