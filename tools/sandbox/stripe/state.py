"""What the stand-in for Stripe remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError


class Table:
    """Objects of one kind by id; `kind` is how Stripe names them when there is no such one."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, Record] = {}
        self._order: list[str] = []
        self._place: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Record]:
        """Oldest first."""
        return iter(self._items.values())

    def __contains__(self, object_id: str) -> bool:
        return object_id in self._items

    def add(self, item: Record) -> Record:
        self._items[item["id"]] = item
        self._place[item["id"]] = len(self._order)
        self._order.append(item["id"])
        return item

    def find(self, object_id: str) -> Record | None:
        return self._items.get(object_id)

    def get(self, object_id: str, *, param: str = "id", status: int = 404) -> Record:
        """Raises StripeRefusedError `resource_missing`."""
        item = self._items.get(object_id)
        if item is None:
            raise StripeRefusedError.no_such(self.kind, object_id, param=param, status=status)
        return item

    def remove(self, object_id: str) -> None:
        del self._items[object_id]

    def page(
        self, keep: Callable[[Record], bool], *, limit: int, after: str | None, before: str | None
    ) -> tuple[list[Record], bool]:
        """Newest first: up to `limit` older than `after`, or the nearest newer than `before`; and whether more are."""
        if before is not None:
            newer = self._walk(range(self._start(before, "ending_before") + 1, len(self._order)), keep, limit)
            return newer[:limit][::-1], len(newer) > limit
        start = len(self._order) if after is None else self._start(after, "starting_after")
        older = self._walk(range(start - 1, -1, -1), keep, limit)
        return older[:limit], len(older) > limit

    def _start(self, object_id: str, param: str) -> int:
        place = self._place.get(object_id)
        if place is None:
            raise StripeRefusedError.no_such(self.kind, object_id, param=param, status=400)
        return place

    def _walk(self, places: range, keep: Callable[[Record], bool], limit: int) -> list[Record]:
        """One more than the limit, where there is one."""
        found: list[Record] = []
        for place in places:
            item = self._items.get(self._order[place])
            if item is not None and keep(item):
                found.append(item)
                if len(found) > limit:
                    break
        return found


@dataclass(slots=True)
class StripeState:
    """One account's objects. `line_items` are by session; `fates` say how a waiting bank debit will end."""

    sessions: Table = field(default_factory=lambda: Table("checkout.session"))
    intents: Table = field(default_factory=lambda: Table("payment_intent"))
    charges: Table = field(default_factory=lambda: Table("charge"))
    refunds: Table = field(default_factory=lambda: Table("refund"))
    disputes: Table = field(default_factory=lambda: Table("dispute"))
    events: Table = field(default_factory=lambda: Table("event"))
    balance: Table = field(default_factory=lambda: Table("balance transaction"))
    endpoints: Table = field(default_factory=lambda: Table("webhook endpoint"))
    destinations: Table = field(default_factory=lambda: Table("event destination"))
    products: Table = field(default_factory=lambda: Table("product"))
    prices: Table = field(default_factory=lambda: Table("price"))
    line_items: dict[str, list[Record]] = field(default_factory=dict)
    intent_data: dict[str, Record] = field(default_factory=dict)
    session_of_intent: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def by_id(self, object_id: str) -> Record | None:
        """Any object that others refer to by its id (for `expand`)."""
        for prefix, table in (
            ("pi_", self.intents), ("ch_", self.charges), ("py_", self.charges), ("re_", self.refunds),
            ("txn_", self.balance), ("prod_", self.products), ("cs_", self.sessions), ("price_", self.prices),
        ):  # fmt: skip
            if object_id.startswith(prefix):
                return table.find(object_id)
        return None
