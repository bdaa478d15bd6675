"""Where a provider can go: the pages on which it sees what is its own (W-2). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

PROVIDERS: Final = "/staff/providers"
APPOINTMENTS: Final = "/staff/appointments"


def provider_address(provider_id: int) -> str:
    """The page of a provider's settings."""
    return f"{PROVIDERS}/{provider_id}"


def appointment_address(appointment_id: int) -> str:
    """The page of an appointment."""
    return f"{APPOINTMENTS}/{appointment_id}"


def own_pages(scope: int | None) -> Sequence[tuple[str, str]] | None:
    """Address and name of each; None for staff, who have pages of their own."""
    if scope is None:
        return None
    return (
        (provider_address(scope), "Settings"),
        (APPOINTMENTS, "Appointments"),
        ("/staff/connections", "Connections"),
        ("/staff/transactions", "Transactions"),
        ("/staff/collections", "Collections"),
        ("/staff/analytics", "Analytics"),
    )
