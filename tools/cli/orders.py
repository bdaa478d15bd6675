"""How commands name an order: by its short number, as people say it, or by its id."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID


def order_id_of(environ: Mapping[str, str], order: str) -> str:
    """The id of an order; a CommandError for a number that no order has."""
    from cli.admin import call
    from cli.errors import CommandError

    with contextlib.suppress(ValueError):
        return str(UUID(order))
    found = call(environ, "GET", f"/api/orders?number={quote(order, safe='')}", role="viewer")["data"]
    if not found:
        raise CommandError(f"No order has the number {order}: it stands on each of its tickets, before the seat.")
    return str(found[0]["orderId"])
