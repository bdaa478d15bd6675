"""Checkout Sessions: made, expired, and what Stripe refuses about them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.connected import check_fee
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.lines import line_item, total_of
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import SESSION

# Stripe: a session lives at least 30 minutes and at most 24 hours, which is also what it gets unasked.
SHORTEST = 30 * 60
LONGEST = 24 * 60 * 60
_ROUNDING = 5
"""Seconds that a caller's clock and the time on the way are allowed."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_COPIED = ("cancel_url", "client_reference_id", "customer_email", "locale", "submit_type", "billing_address_collection",
           "customer_creation", "allow_promotion_codes", "origin_context")  # fmt: skip
# Parameters that need objects which can't exist here.
_REFERRED = {"customer": "customer", "payment_method_configuration": "payment_method_configuration"}


def create(account: StripeAccount, params: Record) -> Record:
    """Raises StripeRefusedError."""
    _check(account, params)
    items = [line_item(account, item, f"line_items[{at}]") for at, item in enumerate(params.get("line_items", []))]
    total = total_of(items)
    check_fee(account, params, total)
    session = _session(account, params, items, total)
    account.state.sessions.add(session)
    account.state.line_items[session["id"]] = items
    account.state.intent_data[session["id"]] = params.get("payment_intent_data", {})
    seconds = max(0, session["expires_at"] - account.world.timers.wall())
    account.world.timers.later(seconds, "end_session", session["id"], account.id)
    return session


def expire(account: StripeAccount, session_id: str) -> Record:
    """Stripe: only an open session can be expired."""
    session = account.state.sessions.get(session_id, param="session")
    if session["status"] != "open":
        raise StripeRefusedError.invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" {session['status']}.",
            executed=True,
        )
    _close(account, session)
    return session


async def end_of_life(account: StripeAccount, session_id: str, owner: str = "") -> None:
    """Its time is over. `owner`: the account that has it."""
    account = account.acting(owner)
    session = account.state.sessions.find(session_id)
    if session is not None and session["status"] == "open":
        _close(account, session)


def _close(account: StripeAccount, session: Record) -> None:
    session |= {"status": "expired", "url": None}
    intent = account.state.intents.find(session["payment_intent"] or "")
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        intent |= {
            "status": "canceled",
            "canceled_at": account.now,
            "cancellation_reason": "expired",
            "next_action": None,
        }
        account.events.emit("payment_intent.canceled", intent)
    account.events.emit("checkout.session.expired", session)


def _session(account: StripeAccount, params: Record, items: list[Record], total: int) -> Record:
    session_id = account.new_id("cs_test_a1", 58)
    currency = items[0]["currency"]
    return SESSION | {
        "id": session_id,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": None,
        "created": account.now,
        "currency": currency,
        "custom_text": SESSION["custom_text"] | params.get("custom_text", {}),
        "customer_creation": "if_required",
        "customer_details": _customer_details(params.get("customer_email")),
        "expires_at": params.get("expires_at", account.now + LONGEST),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_method_types": payment_methods(params, currency),
        "payment_status": "unpaid" if total else "no_payment_required",
        "status": "open",
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{account.world.settings.sandbox_url}/pay/{session_id}",
    } | {name: params[name] for name in _COPIED if name in params}  # fmt: skip


def payment_methods(params: Record, currency: str) -> list[str]:
    """The methods that the page offers: those that the account has for the currency, allowed, and not excluded."""
    offered = ["card", "us_bank_account"] if currency == "usd" else ["card"]
    allowed = params.get("allowed_payment_method_types", offered)
    excluded = params.get("excluded_payment_method_types", [])
    kept = [method for method in offered if method in allowed and method not in excluded]
    if not kept:
        raise StripeRefusedError.invalid(
            f"No valid payment method types for this Checkout Session: none that may be offered can be paid in"
            f" {currency} here.",
            param="allowed_payment_method_types"
            if "allowed_payment_method_types" in params
            else "excluded_payment_method_types",
        )
    return kept


def _customer_details(email: str | None) -> Record | None:
    if email is None:
        return None
    return {"address": None, "business_name": None, "email": email, "individual_name": None, "name": None,
            "phone": None, "tax_exempt": "none", "tax_ids": None}  # fmt: skip


def _check(account: StripeAccount, params: Record) -> None:
    if not account.charges_enabled:
        raise StripeRefusedError.invalid("Your account cannot currently make charges.", code="account_invalid")
    if params.get("mode", "payment") != "payment":
        raise StripeRefusedError.invalid("The sandbox sells seats: only mode payment is here.", param="mode")
    if "success_url" not in params:
        raise StripeRefusedError.missing("success_url")
    if not params.get("line_items"):
        raise StripeRefusedError.invalid(
            "Missing required param: line_items.", param="line_items", code="parameter_missing"
        )
    if len(params["line_items"]) > 100:
        raise StripeRefusedError.invalid("You may only have up to 100 line items.", param="line_items")
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    _check_email(params.get("customer_email"))
    _check_reference(params.get("client_reference_id"))
    _check_expiry(account, params.get("expires_at"))
    check_metadata(params.get("metadata"), "metadata")
    check_metadata(params.get("payment_intent_data", {}).get("metadata"), "payment_intent_data[metadata]")
    _check_references(params)


def _check_url(url: str | None, name: str) -> None:
    if url is not None and not (urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc):
        raise StripeRefusedError.invalid("Not a valid URL", param=name, code="url_invalid")


def _check_email(email: str | None) -> None:
    if email is not None and not EMAIL.match(email):
        raise StripeRefusedError.invalid(
            f"Invalid email address: {email}", param="customer_email", code="email_invalid"
        )


def _check_reference(reference: str | None) -> None:
    if reference is not None and len(reference) > 200:
        raise StripeRefusedError.invalid("Invalid string: must be at most 200 characters", param="client_reference_id")


def _check_expiry(account: StripeAccount, expires_at: int | None) -> None:
    if expires_at is None:
        return
    life = expires_at - account.world.timers.wall()
    if life < SHORTEST - _ROUNDING:
        raise StripeRefusedError.invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if life > LONGEST + _ROUNDING:
        raise StripeRefusedError.invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )


def _check_references(params: Record) -> None:
    for name, kind in _REFERRED.items():
        if name in params:
            raise StripeRefusedError.no_such(kind, params[name], param=name, status=400)
    for at, discount in enumerate(params.get("discounts", [])):
        for name, object_id in discount.items():
            raise StripeRefusedError.no_such(
                name.replace("_", " "), str(object_id), param=f"discounts[{at}][{name}]", status=400
            )
