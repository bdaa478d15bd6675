"""An app's webhooks: where PayPal sends what, test events, and PayPal's own check of a signature (Webhooks v1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from chassis.settings import is_loopback
from sandbox.core.http import Record, dumps
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.certificates import ALGORITHM
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.events import EVENTS, UNOWNED, message
from sandbox.paypal.forms import money
from sandbox.paypal.state import Grant, shown

MOST: Final = 10
"""Webhooks of one app."""


def create(account: PaypalAccount, grant: Grant, body: Record) -> Record:
    """Raises PaypalRefusedError."""
    mine = _of(account, grant)
    _check_url(body["url"])
    if any(each["url"] == body["url"] for each in mine):
        raise PaypalRefusedError(400, "WEBHOOK_URL_ALREADY_EXISTS", message="Webhook URL already exists.")
    if len(mine) >= MOST:
        raise PaypalRefusedError(400, "WEBHOOK_NUMBER_LIMIT_EXCEEDED", message="Webhook number limit exceeded.")
    webhook_id = account.world.ids.base62("", 17).upper()
    webhook: Record = {
        "id": webhook_id, "url": body["url"], "event_types": _types(body["event_types"]),
        "links": [{"href": f"{account.base}/v1/notifications/webhooks/{webhook_id}", "rel": "self", "method": "GET"}],
        "app": grant.client_id,
    }  # fmt: skip
    account.state.webhooks[webhook_id] = webhook
    return webhook


def every(account: PaypalAccount, grant: Grant) -> Record:
    return {"webhooks": [shown(each) for each in _of(account, grant)]}


def get(account: PaypalAccount, grant: Grant, webhook_id: str) -> Record:
    """Raises PaypalRefusedError."""
    webhook: Record | None = account.state.webhooks.get(webhook_id)
    if webhook is None or webhook["app"] != grant.client_id:
        raise PaypalRefusedError.unknown()
    return webhook


def update(account: PaypalAccount, grant: Grant, webhook_id: str, changes: list[Record]) -> Record:
    """JSON Patch with `replace` of its address or types. Raises PaypalRefusedError."""
    webhook = get(account, grant, webhook_id)
    for change in changes:
        if change["op"] != "replace" or change["path"] not in ("/url", "/event_types"):
            raise PaypalRefusedError(400, "VALIDATION_ERROR")
        if change["path"] == "/url":
            _check_url(change["value"])
            webhook["url"] = change["value"]
        else:
            webhook["event_types"] = _types(change["value"])
    return webhook


def delete(account: PaypalAccount, grant: Grant, webhook_id: str) -> None:
    """Raises PaypalRefusedError."""
    get(account, grant, webhook_id)
    del account.state.webhooks[webhook_id]


def simulate(account: PaypalAccount, grant: Grant, body: Record) -> Record:
    """Sends a made-up event to one of the app's webhooks, or to any address. Raises PaypalRefusedError."""
    kind = body["event_type"]
    if kind not in EVENTS or not (body.get("webhook_id") or body.get("url")):
        raise PaypalRefusedError(400, "VALIDATION_ERROR")
    webhook_id = body.get("webhook_id", "")
    url = get(account, grant, webhook_id)["url"] if webhook_id else body["url"]
    _check_url(url)
    event = account.events.event(kind, *_made_up(account, grant, kind))
    account.events.send(event, url=url, webhook_id=webhook_id or UNOWNED)
    return event


def verify(account: PaypalAccount, grant: Grant, body: Record) -> Record:
    """PayPal's own answer about a signature; the event must come with its fields in the order in which it was sent."""
    get(account, grant, body["webhook_id"])
    signed = message(
        body["transmission_id"], body["transmission_time"], body["webhook_id"], dumps(body["webhook_event"])
    )
    genuine = (
        body["auth_algo"] == ALGORITHM
        and body["cert_url"] == account.events.certificate_url
        and account.events.certificate.signed(signed, body["transmission_sig"])
    )
    return {"verification_status": "SUCCESS" if genuine else "FAILURE"}


def _of(account: PaypalAccount, grant: Grant) -> list[Record]:
    return [each for each in account.state.webhooks.values() if each["app"] == grant.client_id]


def _made_up(account: PaypalAccount, grant: Grant, kind: str) -> tuple[Record, str]:
    """What PayPal's simulator tells of, and the type of that: it is at no account, and can't be asked for."""
    paid = {"amount": money(Decimal("7.47"), "USD"), "payee": account.payee(grant.merchant)}
    times = {"create_time": account.now(), "update_time": account.now(), "links": []}
    if kind.startswith("CHECKOUT."):
        units = [paid | {"reference_id": "default"}]
        order = {"id": "5O190127TN364715T", "intent": "CAPTURE", "status": "COMPLETED", "purchase_units": units}
        return order | times, "checkout-order"
    return {"id": "27M47624FP291604U", "status": "COMPLETED", "final_capture": True} | paid | times, "capture"


def _types(wanted: list[Record]) -> list[Record]:
    names = [each["name"] for each in wanted]
    unknown = [name for name in names if name not in EVENTS and name != "*"]
    if unknown:
        raise PaypalRefusedError(
            400, "VALIDATION_ERROR", [{"field": "event_types", "issue": f"Not a valid: {unknown[0]}"}]
        )
    return [{"name": name, "description": EVENTS.get(name, "ALL"), "status": "ENABLED"} for name in names]


def _check_url(url: object) -> None:
    if not is_web_address(url):
        raise PaypalRefusedError(400, "VALIDATION_ERROR", [{"field": "url", "issue": "Not a valid webhook URL"}])


def is_web_address(url: object) -> bool:
    """PayPal goes to https only; addresses of this machine may do without."""
    parts = urlsplit(str(url))
    return bool(parts.hostname) and (parts.scheme == "https" or is_loopback(parts.hostname or ""))
