"""Who gets the seats that have become free, of those to whom one is owed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from chassis.telemetry.masking import mask_email, mask_name, mask_phone
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind, Pool
from inventory.tickets.domain import Place, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedCustomer:
    """Who bought seats that there are not.

    first_name, last_name, email, phone: as the order says
    """

    first_name: str
    last_name: str
    email: str
    phone: str | None


def masked(customer: OwedCustomer) -> OwedCustomer:
    """The customer as staff below admin may know it."""
    return OwedCustomer(
        first_name=mask_name(customer.first_name),
        last_name=mask_name(customer.last_name),
        email=mask_email(customer.email),
        phone=mask_phone(customer.phone) if customer.phone else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedPlace:
    """A place in the list of who is owed seats: by time, then by order and pool."""

    since: datetime
    order_id: UUID
    city_id: str
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedSeats:
    """An order's seats of a pool that no limit has room for.

    order_id, order_number: the order
    city_id, tier: the pool
    seats: their numbers within the order
    since: when they were paid
    customer: whose they are; None while it isn't known here
    """

    order_id: UUID
    order_number: str | None
    city_id: str
    tier: str
    seats: Sequence[int]
    since: datetime
    customer: OwedCustomer | None


def settle(book: Book, tier: str, owed: Iterable[Ticket], cause: Cause) -> None:
    """Gives free seats of a pool to tickets that have none, the first one first: public seats, then spare ones."""
    for order_id, seats in groupby(owed, key=lambda ticket: ticket.order_id):
        _settle(book, tier, order_id, list(seats), cause)


def _settle(book: Book, tier: str, order_id: UUID, owed: Sequence[Ticket], cause: Cause) -> None:
    pool = book.city.pools[tier]
    settled = owed[: pool.room]
    if not settled:
        return
    places = list(_places(pool, len(settled)))
    spare = places.count(Place.SPARE)
    after = pool._replace(
        sold=pool.sold + len(settled),
        spare_sold=pool.spare_sold + spare,
        oversold=pool.oversold - len(settled),
    )
    left = len(owed) - len(settled)
    book.change(ChangeKind.SETTLED, after, len(settled), order_id, cause, from_spare=spare, still_oversold=left)
    for ticket, place in zip(settled, places, strict=True):
        book.tickets.put(replace(ticket, place=place))


def _places(pool: Pool, seats: int) -> Iterator[Place]:
    for number in range(seats):
        yield Place.PUBLIC if number < pool.public_room else Place.SPARE
