"""What is set up in a Stripe account: webhook endpoints, event destinations, products; and plain updates."""

from __future__ import annotations

from typing import cast

import stripe

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata, merged
from sandbox.stripe.shapes import PRODUCT
from sandbox.stripe.state import Table

_MOST_ENDPOINTS = 16


def update_fields(
    table: str, fields: tuple[str, ...], account: StripeAccount, params: Record, path: dict[str, str]
) -> Record:
    """Change the fields that this stand-in lets be changed."""
    kept = cast("Table", getattr(account.state, table))
    item = kept.get(path["id"])
    for name in params:
        if name not in fields:
            raise StripeRefusedError.invalid(f"The sandbox can't change {name} of a {kept.kind}.", param=name)
    check_metadata(params.get("metadata"), "metadata")
    if "metadata" in params:
        item["metadata"] = merged(item["metadata"], params["metadata"])
    item |= {name: value for name, value in params.items() if name != "metadata"}
    return item


def create_endpoint(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """The secret is shown once, in this answer."""
    _check_url(params["url"])
    if len(account.state.endpoints) >= _MOST_ENDPOINTS:
        raise StripeRefusedError.invalid("You have reached the maximum of 16 test webhook endpoints.", executed=True)
    if not params["enabled_events"]:
        raise StripeRefusedError.invalid("You must enable at least one event.", param="enabled_events")
    endpoint = account.add_endpoint(params["url"], params["enabled_events"], connect=params.get("connect", False))
    endpoint |= {
        "api_version": params.get("api_version", stripe.api_version),
        "description": params.get("description") or None,
        "metadata": params.get("metadata") or {},
    }
    return endpoint | {"secret": account.state.secrets[endpoint["id"]]}


def update_endpoint(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    endpoint = account.state.endpoints.get(path["id"])
    if "url" in params:
        _check_url(params["url"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        endpoint["metadata"] = merged(endpoint["metadata"], params["metadata"])
    endpoint |= {name: params[name] for name in ("url", "enabled_events", "description") if name in params}
    return endpoint


def delete_endpoint(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    account.state.endpoints.get(path["id"])
    account.state.endpoints.remove(path["id"])
    return {"id": path["id"], "object": "webhook_endpoint", "deleted": True}


def create_product(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    check_metadata(params.get("metadata"), "metadata")
    moment = account.now
    known = (
        "id",
        "name",
        "active",
        "description",
        "images",
        "metadata",
        "shippable",
        "statement_descriptor",
        "unit_label",
        "url",
    )
    for name in params:
        if name not in known:
            raise StripeRefusedError.invalid(f"The sandbox can't set {name} of a product.", param=name)
    if params.get("id", "") in account.state.products:
        raise StripeRefusedError.invalid(
            "Product already exists.", code="resource_already_exists", param="id", executed=True
        )
    product = PRODUCT | {"id": account.new_id("prod_", 14), "created": moment, "updated": moment} | params
    return account.state.products.add(product)


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise StripeRefusedError.invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", param="url", code="url_invalid"
        )
