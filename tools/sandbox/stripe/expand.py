"""`expand[]`: puts objects in the place of their ids."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.state import StripeState

_DEEPEST = 4


def expanded(state: StripeState, item: Record, paths: list[str]) -> Record:
    """A copy with what the paths name expanded; the stored object stays as it is.

    Raises StripeRefusedError for what can't be expanded.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise StripeRefusedError.invalid("You cannot expand more than 4 levels of a property.", param="expand")
        item = _expand(state, item, parts, path)
    return item


def _expand(state: StripeState, item: Record, parts: list[str], path: str) -> Record:
    name, rest = parts[0], parts[1:]
    if item.get("object") == "list" and name == "data":
        return item | {"data": [_expand(state, each, rest, path) if rest else each for each in item["data"]]}
    value = _value(state, item, name, path)
    if rest and isinstance(value, dict):
        value = _expand(state, value, rest, path)
    return item | {name: value}


def _value(state: StripeState, item: Record, name: str, path: str) -> object:
    if name == "line_items" and item.get("object") == "checkout.session":
        return line_items_of(state, item["id"])
    if name == "refunds" and item.get("object") == "charge":
        return refunds_of(state, item["id"])
    if name not in item:
        raise StripeRefusedError.invalid(
            f"This property cannot be expanded ({path}).",
            param="expand",
        )
    value = item[name]
    return (state.by_id(value) or value) if isinstance(value, str) else value


def line_items_of(state: StripeState, session_id: str, *, limit: int = 10) -> Record:
    items = state.line_items[session_id]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return {"object": "list", "data": items[:limit], "has_more": len(items) > limit, "url": url}


def refunds_of(state: StripeState, charge_id: str) -> Record:
    refunds = [refund for refund in state.refunds if refund["charge"] == charge_id][::-1]
    return {
        "object": "list",
        "data": refunds[:10],
        "has_more": len(refunds) > 10,
        "url": f"/v1/charges/{charge_id}/refunds",
    }
