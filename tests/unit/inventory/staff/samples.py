"""Cities with pools, as their pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from inventory.oversold.domain import OwedCustomer, OwedSeats
from inventory.pools.domain import City, Pool, Shown
from inventory.waitlist.domain import Entry, EntryState, Person
from inventory.waitlist.service import Standing
from tests.unit.monitor.samples import NOW


def pool(
    tier: str,
    public: int,
    actual: int,
    *,
    held: int = 0,
    pending: int = 0,
    sold: int = 0,
    spare_sold: int = 0,
    oversold: int = 0,
) -> Pool:
    return Pool(
        tier=tier,
        public_limit=public,
        actual_limit=actual,
        held=held,
        pending=pending,
        delayable=pending,
        sold=sold,
        spare_sold=spare_sold,
        oversold=oversold,
    )


def city(
    city_id: str, *pools: Pool, name: str = "", days: int | None = 30, listed: bool = True, from_days: int = -60
) -> City:
    """A workshop that begins in so many days, and is on sale from a day to the one before it."""
    starts = None if days is None else NOW + timedelta(days=days)
    shown = Shown(
        catalogue_version=1,
        listed=listed,
        withdrawn=False,
        on_sale_from=NOW + timedelta(days=from_days),
        on_sale_until=(starts or NOW + timedelta(days=365)) - timedelta(days=1),
        name=name,
        time_zone="America/Chicago",
        starts=starts,
    )
    return City(city_id=city_id, version=1, pools={each.tier: each for each in pools}, shown=shown)


def standing(
    *, ahead: int = 0, name: str = "Wanda", email: str = "wanda@example.com", until: datetime | None = None
) -> Standing:
    """Somebody who waits for seats, or has an offer until then."""
    entry = Entry(
        entry_id=UUID(int=1),
        city_id="dallas",
        tier="vip",
        quantity=2,
        person=Person(email=email, first_name=name),
        token="t",
        state=EntryState.OFFERED if until else EntryState.WAITING,
        joined_at=NOW - timedelta(days=3),
        offered_until=until,
    )
    return Standing(entry=entry, ahead=ahead)


def owed(seats: Sequence[int], *, number: str | None = "7K3M2QXD", customer: OwedCustomer | None = None) -> OwedSeats:
    """Seats of an order that no limit has room for."""
    return OwedSeats(
        order_id=UUID(int=7),
        order_number=number,
        city_id="dallas",
        tier="vip",
        seats=seats,
        since=NOW - timedelta(hours=3),
        customer=customer,
    )
