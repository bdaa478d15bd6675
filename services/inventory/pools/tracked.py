"""Rows of a locked city that remember which of them are new and which changed, for the store to save. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from inventory.pools.domain import Hold
from inventory.tickets.domain import Place, Ticket


class OrderTickets:
    """Tickets of orders, by order and seat."""

    def __init__(self, tickets: Iterable[Ticket]) -> None:
        self._read = {ticket.key: ticket for ticket in tickets}
        self._now = dict(self._read)
        self.superseded: list[Ticket] = []
        """Those whose code was replaced before anybody wrote it: the database keeps only codes that it has seen."""

    def get(self, order_id: UUID, seat: int) -> Ticket | None:
        return self._now.get((order_id, seat))

    def put(self, ticket: Ticket) -> None:
        before = self._now.get(ticket.key)
        if before is not None and before.code != ticket.code:
            self._supersede(before)
        self._now[ticket.key] = ticket

    def know(self, tickets: Iterable[Ticket]) -> None:
        """Tickets that are read later than the others; what is known already stays as it is."""
        for ticket in tickets:
            if ticket.key not in self._read:
                self._read[ticket.key] = self._now[ticket.key] = ticket

    def take_out(self, order_id: UUID, seat: int) -> Ticket | None:
        """A ticket that goes to another city's book, which writes it."""
        ticket = self._now.pop((order_id, seat), None)
        if ticket is not None:
            self._supersede(ticket)
        return ticket

    def _supersede(self, ticket: Ticket) -> None:
        written = self._read.get(ticket.key)
        if written is None or written.code != ticket.code:
            self.superseded.append(ticket)

    def oversold(self, order_id: UUID, city_id: str, tier: str) -> int:
        """How many seats an order has that no limit of a pool has room for."""
        return sum(each.order_id == order_id for each in self.oversold_in(city_id, tier))

    def oversold_in(self, city_id: str, tier: str) -> list[Ticket]:
        """The known tickets of a pool that no limit has room for."""
        return [
            each
            for each in self._now.values()
            if each.place is Place.OVERSOLD and (each.city_id, each.tier) == (city_id, tier)
        ]

    @property
    def new(self) -> list[Ticket]:
        return [ticket for key, ticket in self._now.items() if key not in self._read]

    @property
    def changed(self) -> list[Ticket]:
        return [ticket for key, ticket in self._now.items() if self._read.get(key, ticket) != ticket]


class OrderHolds:
    """What orders hold, one row for each pool of an order, or a tombstone.

    An order's rows are counted from 1: whoever makes the first one, a hold or a tombstone, excludes the other, because
    the database takes each number once.
    """

    def __init__(self, holds: Iterable[Hold]) -> None:
        self._read = {(hold.order_id, hold.part): hold for hold in holds}
        self._orders: dict[UUID, dict[int, Hold]] = {}
        for hold in self._read.values():
            self.put(hold)

    def of(self, order_id: UUID) -> list[Hold]:
        return list(self._orders.get(order_id, {}).values())

    def of_pool(self, order_id: UUID, city_id: str, tier: str) -> Hold | None:
        return next((hold for hold in self.of(order_id) if (hold.city_id, hold.tier) == (city_id, tier)), None)

    def next_part(self, order_id: UUID) -> int:
        return max(self._orders.get(order_id, ()), default=0) + 1

    def put(self, hold: Hold) -> None:
        self._orders.setdefault(hold.order_id, {})[hold.part] = hold

    @property
    def new(self) -> list[Hold]:
        return [hold for hold in self._all() if (hold.order_id, hold.part) not in self._read]

    @property
    def changed(self) -> list[Hold]:
        return [hold for hold in self._all() if self._differs(hold)]

    def _differs(self, hold: Hold) -> bool:
        read = self._read.get((hold.order_id, hold.part))
        return read is not None and read != hold

    def _all(self) -> Iterator[Hold]:
        return (hold for parts in self._orders.values() for hold in parts.values())
