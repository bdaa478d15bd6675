"""Asks the services what they know of a customer; who does not answer keeps nobody else from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from cli.customer.domain import Bought, Known, Row
from cli.errors import CommandError

T = TypeVar("T")

# So many orders of one address are looked at, the newest.
MOST: Final = 20
_ROWS: Final = 100
_ADMIN: Final = "admin"


@dataclass(slots=True)
class _Asking:
    """Asks in one role, and keeps who was silent."""

    known: Mapping[str, str]
    role: str
    unread: list[str] = field(default_factory=list)

    def rows(self, what: str, path: str, filters: Mapping[str, str], *, limit: int = _ROWS) -> Sequence[Row]:
        from cli.admin import pages

        return self.read(what, lambda: list(pages(self.known, path, filters, role=self.role, limit=limit)), [])

    def document(self, what: str, path: str) -> Row | None:
        from cli.admin import call

        return self.read(what, lambda: call(self.known, "GET", path, role=self.role), None)

    def read(self, what: str, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except CommandError as error:
            self.unread.append(f"{what}: {error}")
            return otherwise


def gathered(known: Mapping[str, str], email: str, *, whole: bool) -> Known:
    """`whole`: as an admin sees it; else as a viewer does: masked, and without what viewers may not see."""
    from cli.output import progress

    asking = _Asking(known, _ADMIN if whole else "viewer")
    about = {"email": email}
    progress("Orders …")
    orders = asking.rows("orders", "/api/orders", about, limit=MOST)
    bought = [each for order in orders if (each := _bought(asking, order, whole=whole)) is not None]
    progress("Passes, places in line, calls for help …")
    passes = asking.rows("passes", "/api/admin/passes", about)
    waiting = asking.rows("waiting list", "/api/admin/inventory/waitlist", about) if whole else ()
    calls = asking.rows("calls for help", "/api/admin/support", {**about, "active": "false"})
    return Known(
        email=email,
        now=datetime.now(UTC),
        bought=bought,
        passes=passes,
        waiting=waiting,
        calls=calls,
        unread=tuple(asking.unread),
    )


def _bought(asking: _Asking, order: Row, *, whole: bool) -> Bought | None:
    order_id, number = order["orderId"], order["displayNumber"]
    detail = asking.document(f"order {number}", f"/api/orders/{order_id}")
    if detail is None:
        return None
    path = f"/api/admin/orders/{order_id}/refunds"
    return Bought(
        order=detail,
        money=asking.document(f"money of {number}", path) if whole else None,
        messages=asking.rows(f"messages of {number}", "/api/notifications", {"orderId": order_id}),
    )
