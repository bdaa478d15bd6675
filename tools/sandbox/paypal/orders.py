"""Orders: made by an app, approved by the buyer on PayPal's page, captured by the app (Orders v2)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from sandbox.core.http import Record
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.captures import Ending, refunds_of, take
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.forms import amount_of
from sandbox.paypal.state import Grant, shown

OPEN_SECONDS: Final = 3 * 3600.0
"""How long an order waits for its buyer, on the sandbox's clock; then PayPal knows it no more."""
APPROVED_SECONDS: Final = 3 * 86_400.0


class Choice(StrEnum):
    """What the buyer does on PayPal's page, and how the money that is taken then ends."""

    PAID = "paid"
    DECLINED = "declined"
    PENDING = "pending"
    DENIED = "denied"


def create(account: PaypalAccount, grant: Grant, body: Record) -> Record:
    """Raises PaypalRefusedError."""
    if body["intent"] != "CAPTURE":
        raise PaypalRefusedError.invalid("NOT_SUPPORTED", field="/intent", value=body["intent"])
    if len(body["purchase_units"]) != 1:
        raise PaypalRefusedError.invalid("NOT_SUPPORTED", field="/purchase_units")
    unit = body["purchase_units"][0]
    _check_unit(account, grant, unit)
    order_id, now = account.new_id(), account.now()
    wallet = "payment_source" in body
    order: Record = {
        "id": order_id, "intent": "CAPTURE", "status": "PAYER_ACTION_REQUIRED" if wallet else "CREATED",
        "purchase_units": [{"reference_id": "default"} | unit | {"payee": account.payee(grant.merchant)}],
        "create_time": now, "links": [], "app": grant.client_id, "merchant": grant.merchant, "outcome": "",
        "expires": account.world.timers.elapsed() + OPEN_SECONDS,
    }  # fmt: skip
    if wallet:
        order["payment_source"] = {"paypal": {}}
    order["links"] = _links(account, order, "payer-action" if wallet else "approve")
    account.state.orders[order_id] = order
    account.state.returns[order_id] = _context(body)
    return order


def find(account: PaypalAccount, order_id: str) -> Record | None:
    """An order that PayPal still knows."""
    order: Record | None = account.state.orders.get(order_id)
    over = order is not None and order["status"] != "COMPLETED" and order["expires"] <= account.world.timers.elapsed()
    return None if over else order


def get(account: PaypalAccount, grant: Grant, order_id: str) -> Record:
    """Raises PaypalRefusedError for what another app or seller has."""
    order = find(account, order_id)
    if order is None or (order["app"], order["merchant"]) != (grant.client_id, grant.merchant):
        raise PaypalRefusedError.unknown()
    return order


def approve(account: PaypalAccount, order: Record, choice: Choice) -> bool:
    """The buyer agrees; False when that is done already."""
    if order["status"] not in ("CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"):
        return False
    buyer = {"payer_id": account.world.ids.base62("", 13).upper(), "email_address": "jordan.ellis@example.com",
             "name": {"given_name": "Jordan", "surname": "Ellis"}, "address": {"country_code": "US"}}  # fmt: skip
    order |= {
        "status": "APPROVED", "outcome": choice.value, "payer": buyer, "update_time": account.now(),
        "payment_source": {"paypal": {"email_address": buyer["email_address"], "account_id": buyer["payer_id"],
                                      "account_status": "VERIFIED", "name": buyer["name"]}},
        "expires": account.world.timers.elapsed() + APPROVED_SECONDS,
    }  # fmt: skip
    order["links"] = _links(account, order, "capture")
    account.events.emit("CHECKOUT.ORDER.APPROVED", order, "checkout-order", app=order["app"])
    return True


def capture(account: PaypalAccount, grant: Grant, order_id: str) -> Record:
    """Take the money. Raises PaypalRefusedError, for a declined payment as well: its buyer may choose another way."""
    order = get(account, grant, order_id)
    if order["status"] == "COMPLETED":
        raise PaypalRefusedError.unprocessable("ORDER_ALREADY_CAPTURED")
    if order["intent"] != "CAPTURE":
        raise PaypalRefusedError.unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] != "APPROVED":
        raise PaypalRefusedError.unprocessable("ORDER_NOT_APPROVED")
    if order["outcome"] == Choice.DECLINED:
        order |= {"status": "CREATED", "outcome": "", "links": _links(account, order, "approve")}
        raise PaypalRefusedError.unprocessable("INSTRUMENT_DECLINED")
    unit = order["purchase_units"][0]
    taken = take(
        account, unit["amount"], app=order["app"], merchant=order["merchant"], order_id=order_id,
        custom_id=unit.get("custom_id"), invoice_id=unit.get("invoice_id"), ending=_ENDINGS[Choice(order["outcome"])],
    )  # fmt: skip
    order |= {
        "status": "COMPLETED", "update_time": account.now(),
        "purchase_units": [unit | {"payments": {"captures": [shown(taken)]}}],
    }  # fmt: skip
    order["links"] = _links(account, order, "")
    account.events.emit("CHECKOUT.ORDER.COMPLETED", order, "checkout-order", app=order["app"])
    return order


def patch(account: PaypalAccount, grant: Grant, order_id: str, changes: list[Record]) -> None:
    """What an app changes about an order that is not paid. Raises PaypalRefusedError."""
    order = get(account, grant, order_id)
    if order["status"] == "COMPLETED":
        raise PaypalRefusedError.unprocessable("ORDER_ALREADY_COMPLETED")
    if order["status"] not in ("CREATED", "APPROVED"):
        raise PaypalRefusedError.unprocessable("NOT_PATCHABLE")
    for change in changes:
        if (change["op"], change["path"]) != ("replace", "/intent"):
            raise PaypalRefusedError.unprocessable("NOT_PATCHABLE", field=change["path"])
        if change["value"] not in ("CAPTURE", "AUTHORIZE"):
            raise PaypalRefusedError.invalid("INVALID_PARAMETER_VALUE", field="/0/value", value=change["value"])
        order |= {"intent": change["value"], "update_time": account.now()}


def whole(account: PaypalAccount, order: Record) -> Record:
    """The order as it is shown, with its captures as they are now."""
    unit = order["purchase_units"][0]
    if "payments" not in unit:
        return shown(order)
    taken = [account.state.captures[each["id"]] for each in unit["payments"]["captures"]]
    back = [shown(refund) for each in taken for refund in refunds_of(account, each)]
    payments = {"captures": [shown(each) for each in taken]} | ({"refunds": back} if back else {})
    return shown(order) | {"purchase_units": [unit | {"payments": payments}]}


_ENDINGS: Final = {Choice.PAID: Ending.PAID, Choice.PENDING: Ending.SETTLES, Choice.DENIED: Ending.DENIED}


def _check_unit(account: PaypalAccount, grant: Grant, unit: Record) -> None:
    path = "/purchase_units/@reference_id=='default'"
    total = amount_of(unit["amount"], f"{path}/amount")
    if "payment_instruction" in unit:
        raise PaypalRefusedError.forbidden()  # fees for a platform need a partner's contract
    payee = unit.get("payee", {}).get("merchant_id", grant.merchant)
    if payee != grant.merchant:
        raise PaypalRefusedError.forbidden()
    items = unit.get("items", [])
    counted = sum(amount_of(item["unit_amount"], f"{path}/items") * Decimal(item["quantity"]) for item in items)
    if items and "breakdown" not in unit["amount"]:
        raise PaypalRefusedError.unprocessable("ITEM_TOTAL_REQUIRED", field=f"{path}/amount/breakdown/item_total")
    if items and counted != total:
        raise PaypalRefusedError.unprocessable("AMOUNT_MISMATCH", field=f"{path}/amount/value")
    invoice = unit.get("invoice_id")
    same = (each for each in account.state.captures.values() if each["merchant"] == grant.merchant)
    if invoice and any(each.get("invoice_id") == invoice for each in same):
        raise PaypalRefusedError.unprocessable("DUPLICATE_INVOICE_ID", field=f"{path}/invoice_id")


def _context(body: Record) -> Record:
    """Where the buyer goes afterwards, by either of the places in which an app may say so."""
    wallet = body.get("payment_source", {}).get("paypal", {}).get("experience_context", {})
    given: Record = wallet or body.get("application_context", {})
    return {name: given.get(name, "") for name in ("return_url", "cancel_url", "brand_name")}


def _links(account: PaypalAccount, order: Record, next_step: str) -> list[Record]:
    address = f"{account.base}/v2/checkout/orders/{order['id']}"
    links = [{"href": address, "rel": "self", "method": "GET"}]
    if next_step == "capture":
        links.append({"href": f"{address}/capture", "rel": "capture", "method": "POST"})
    elif next_step:
        page = f"{account.world.settings.sandbox_url}/checkoutnow?token={order['id']}"
        links.append({"href": page, "rel": next_step, "method": "GET"})
    return links
