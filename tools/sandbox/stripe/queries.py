"""Reads that are more than one object or a plain list, and the account itself."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.lists import listed

_UNDONE: Record = {
    "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None, "errors": [],
    "eventually_due": [], "past_due": [], "pending_verification": [],
}  # fmt: skip


def sessions_of(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    email = params.get("customer_details", {}).get("email")

    def keep(session: Record) -> bool:
        return email is None or (session["customer_details"] or {}).get("email") == email

    fields = ("customer", "payment_intent", "payment_link", "status", "subscription")
    return listed(account.state.sessions, params, url="/v1/checkout/sessions", fields=fields, also=keep)


def line_items_page(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    session = account.state.sessions.get(path["id"], param="session")
    items, limit = account.state.line_items[session["id"]], params.get("limit", 10)
    ids = [item["id"] for item in items]
    after = params.get("starting_after")
    start = 0 if after is None else ids.index(after) + 1 if after in ids else len(ids)
    return {
        "object": "list",
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
        "has_more": len(items) > start + limit,
        "data": items[start : start + limit],
    }


def charges_of(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    fields = ("customer", "payment_intent", "transfer_group")
    return listed(account.state.charges, params, url="/v1/charges", fields=fields)


def events_of(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """`delivery_success=false` finds what is still pending or was given up. Each account sees its own."""
    if "type" in params and "types" in params:
        raise StripeRefusedError.invalid("You may not specify both `type` and `types`.", param="types")
    wanted, delivered = params.get("types") or [], params.get("delivery_success")
    if "type" in params:
        wanted = [params["type"]]

    def keep(event: Record) -> bool:
        if not _is_of_account(event, account):
            return False
        if wanted and not any(_is_of(event["type"], name) for name in wanted):
            return False
        return delivered is None or delivered == (event["pending_webhooks"] == 0)

    return listed(account.state.events, params, url="/v1/events", also=keep)


def event_of(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Raises StripeRefusedError for an event of another account."""
    event = account.state.events.get(path["id"])
    if not _is_of_account(event, account):
        raise StripeRefusedError.no_such("event", path["id"])
    return event


def _is_of_account(event: Record, account: StripeAccount) -> bool:
    return event.get("account") == (None if account.platform is None else account.id)


def _is_of(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted


def cancel_intent(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    intent = account.state.intents.get(path["id"], param="intent")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise StripeRefusedError.invalid(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            executed=True,
        )
    if account.state.session_of_intent.get(intent["id"]) is not None:
        raise StripeRefusedError.invalid(
            "You cannot cancel the PaymentIntent of a Checkout Session. Expire the Checkout Session instead.",
            executed=True,
        )
    intent |= {
        "status": "canceled",
        "canceled_at": account.now,
        "cancellation_reason": params.get("cancellation_reason"),
    }
    account.events.emit("payment_intent.canceled", intent)
    return intent


def balance_object(account: StripeAccount, _params: Record, _path: dict[str, str]) -> Record:
    amounts: dict[str, int] = {}
    for transaction in account.state.balance:
        amounts[transaction["currency"]] = amounts.get(transaction["currency"], 0) + transaction["net"]
    pending = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in (amounts or {"usd": 0}).items()
    ]
    available = [{"amount": 0, "currency": each["currency"], "source_types": {"card": 0}} for each in pending]
    return {"object": "balance", "available": available, "livemode": False, "pending": pending}


def connect_account(account: StripeAccount, params: Record, _path: dict[str, str]) -> Record:
    """An account that is connected to this one; calls for it name it (`Stripe-Account`).

    Of whose losses the platform answers for says its type, or its controller.
    """
    ours = account_object(account, {}, {})
    kind = params.get("type", "standard" if "controller" not in params else "none")
    by_kind = "application" if kind in ("custom", "express") else "stripe"
    losses = params.get("controller", {}).get("losses", {}).get("payments", by_kind)
    theirs = {
        "id": account.new_id("acct_1", 15),
        "created": account.now,
        "default_currency": params.get("default_currency", ours["default_currency"]),
        "business_profile": ours["business_profile"] | params.get("business_profile", {}),
        "controller": {"type": "application", "is_controller": True, "losses": {"payments": losses}},
        "type": kind,
    }
    return account.state.accounts.add(ours | theirs)


def account_object(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """The account the key belongs to, or one that is connected to it."""
    if account.platform is not None:
        return account_object(account.platform, {}, {"id": path.get("id", account.id)})
    if connected := account.state.accounts.find(path.get("id", "")):
        return connected
    if path.get("id", account.id) != account.id:
        raise StripeRefusedError.no_such("account", path["id"])
    name = account.world.settings.business_name
    return {
        "id": account.id,
        "object": "account",
        "business_profile": {"annual_revenue": None, "estimated_worker_count": None, "mcc": "8299",
                             "minority_owned_business_designation": None, "name": name, "product_description": None,
                             "support_address": None, "support_email": None, "support_phone": None,
                             "support_url": None, "url": account.world.settings.public_url},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active", "us_bank_account_ach_payments": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "US",
        "created": account.created,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "account@example.com",
        "external_accounts": {"object": "list", "data": [], "has_more": False,
                              "url": f"/v1/accounts/{account.id}/external_accounts"},
        "future_requirements": _UNDONE,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": _UNDONE,
        "settings": {"dashboard": {"display_name": name, "timezone": "Etc/UTC"},
                     "payments": {"statement_descriptor": "FULLHOUSE SANDBOX"},
                     "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"},
                                 "statement_descriptor": None}},
        "tos_acceptance": {"date": account.created},
        "type": "standard",
    }  # fmt: skip
