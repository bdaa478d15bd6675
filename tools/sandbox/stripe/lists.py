"""Stripe's lists: pages, filters by creation time and by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.state import Table

_COMPARE = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def listed(
    table: Table, params: Record, *, url: str, fields: Iterable[str] = (), also: Callable[[Record], bool] | None = None
) -> Record:
    """A page of the table. `fields` are parameters that must equal the object's field of that name."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise StripeRefusedError.invalid(
            "Invalid integer: this value must be between 1 and 100", param="limit", code="parameter_invalid_integer"
        )
    wanted = [(name, params[name]) for name in fields if name in params]
    in_time = _created(params.get("created"))

    def keep(item: Record) -> bool:
        return all(item[name] == value for name, value in wanted) and in_time(item) and (also is None or also(item))

    items, more = table.page(keep, limit=limit, after=params.get("starting_after"), before=params.get("ending_before"))
    return {"object": "list", "url": url, "has_more": more, "data": items}


def _created(wanted: object) -> Callable[[Record], bool]:
    if wanted is None:
        return lambda _: True
    if not isinstance(wanted, dict):
        return lambda item: bool(item["created"] == int(str(wanted)))
    bounds = [(_COMPARE[name], value) for name, value in wanted.items()]
    return lambda item: all(compare(item["created"], bound) for compare, bound in bounds)
