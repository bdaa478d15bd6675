"""What the stand-in for Stripe remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.core.http import Record
from sandbox.core.keeping import RECORDS, Facts, Keep
from sandbox.stripe.errors import StripeRefusedError


class Table:
    """Objects of one kind by id; `kind` is how Stripe names them when there is no such one."""

    def __init__(self, kind: str, items: dict[str, Record] | None = None) -> None:
        self.kind = kind
        self._items: dict[str, Record] = {} if items is None else items
        self._order: list[str] = list(self._items)
        self._place: dict[str, int] = {object_id: place for place, object_id in enumerate(self._order)}

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
            item = dict.get(self._items, self._order[place])  # only looked at: nothing for a state file to note
            if item is not None and keep(item):
                found.append(item)
                if len(found) > limit:
                    break
        return found


class StripeState:
    """One account's objects. `line_items` and `intent_data` are by session; `tokens` have the account that they open.

    name: what begins the names of its shelves
    """

    def __init__(self, keep: Keep, name: str = "stripe") -> None:
        def table(shelf: str, kind: str) -> Table:
            return Table(kind, keep.shelf(f"{name}.{shelf}", RECORDS))

        self.sessions = table("sessions", "checkout.session")
        self.intents = table("intents", "payment_intent")
        self.charges = table("charges", "charge")
        self.refunds = table("refunds", "refund")
        self.disputes = table("disputes", "dispute")
        self.events = table("events", "event")
        self.balance = table("balance", "balance transaction")
        self.endpoints = table("endpoints", "webhook endpoint")
        self.destinations = table("destinations", "event destination")
        self.accounts = table("accounts", "account")
        self.products = table("products", "product")
        self.prices = table("prices", "price")
        self.fees = table("fees", "application_fee")
        self.customers = table("customers", "customer")
        self.invoices = table("invoices", "invoice")
        self.invoice_items = table("invoice_items", "invoiceitem")
        self.invoice_payments = table("invoice_payments", "invoice_payment")
        self.credit_notes = table("credit_notes", "credit_note")
        self.line_items: dict[str, list[Record]] = keep.shelf(f"{name}.line_items", RECORDS)
        self.intent_data: dict[str, Record] = keep.shelf(f"{name}.intent_data", RECORDS)
        self.invoice_of_intent: dict[str, str] = keep.shelf(f"{name}.invoice_of_intent", RECORDS)
        self.session_of_intent: dict[str, str] = keep.shelf(f"{name}.session_of_intent", RECORDS)
        self.secrets: dict[str, str] = keep.shelf(f"{name}.secrets", RECORDS)
        self.connect_endpoints: dict[str, bool] = keep.shelf(f"{name}.connect_endpoints", RECORDS)
        self.codes: dict[str, Record] = keep.shelf(f"{name}.codes", RECORDS)
        self.tokens: dict[str, str] = keep.shelf(f"{name}.tokens", RECORDS)
        self.let_go: dict[str, bool] = keep.shelf(f"{name}.let_go", RECORDS)
        self.thin_events: dict[str, Record] = keep.shelf(f"{name}.thin_events", RECORDS)
        self.facts = Facts(keep, f"{name}.facts")

    def by_id(self, object_id: str) -> Record | None:
        """Any object that others refer to by its id (for `expand`)."""
        for prefix, table in (
            ("pi_", self.intents), ("ch_", self.charges), ("py_", self.charges), ("re_", self.refunds),
            ("txn_", self.balance), ("prod_", self.products), ("cs_", self.sessions), ("price_", self.prices),
            ("du_", self.disputes), ("fee_", self.fees), ("cus_", self.customers), ("in_", self.invoices),
            ("cn_", self.credit_notes),
        ):  # fmt: skip
            if object_id.startswith(prefix):
                return table.find(object_id)
        return None
