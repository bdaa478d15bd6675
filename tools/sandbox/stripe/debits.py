"""Debits of connected accounts: money goes from their balance to the platform's (Connect account debits)."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe import money
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.balance import book
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import CHARGE


def debit(account: StripeAccount, params: Record, _path: dict[str, str]) -> Record:
    """A charge whose source is a connected account; of tokens of cards there are none here.

    Raises StripeRefusedError.
    """
    for name in ("amount", "currency"):
        if name not in params:
            raise StripeRefusedError.missing(name)
    check_metadata(params.get("metadata"), "metadata")
    seller = _seller(account, params)
    _check(seller, params["amount"], params["currency"])
    charge = account.state.charges.add(_charge(account, seller, params))
    transaction = book(account, charge["id"], charge["amount"], 0, kind="payment", currency=charge["currency"])
    charge["balance_transaction"] = transaction["id"]
    theirs = account.acting(seller["id"])
    book(theirs, theirs.new_id("tr_1"), -charge["amount"], 0, kind="transfer", currency=charge["currency"])
    account.events.emit("charge.succeeded", charge)
    return charge


def _seller(account: StripeAccount, params: Record) -> Record:
    source = str(params.get("source", ""))
    seller = account.state.accounts.find(source)
    if seller is None or source in account.state.let_go:
        raise StripeRefusedError.no_such("token", source, param="source", status=400)
    return seller


def _check(seller: Record, amount: int, currency: str) -> None:
    """Stripe debits accounts only whose losses are the platform's, in their own currency."""
    least = money.rules(currency).least
    if amount < least:
        raise StripeRefusedError.invalid(
            f"Amount must be at least {money.shown(least, currency)}", param="amount", code="amount_too_small"
        )
    money.check_step(amount, currency, param="amount")
    if seller["controller"].get("losses", {}).get("payments") != "application":
        raise StripeRefusedError.invalid(
            "You can only debit accounts where your platform is responsible for negative balances.", param="source"
        )
    if not seller["charges_enabled"]:
        raise StripeRefusedError.invalid(
            "The source account is not allowed to be debited: it cannot currently make charges.",
            param="source",
            code="account_invalid",
        )
    if currency != seller["default_currency"]:
        raise StripeRefusedError.invalid(
            f"Account debits must be in the default currency of the account: {seller['default_currency']}.",
            param="currency",
        )


def _charge(account: StripeAccount, seller: Record, params: Record) -> Record:
    return CHARGE | {
        "id": account.new_id("py_1"),
        "amount": params["amount"],
        "amount_captured": params["amount"],
        "billing_details": {
            **dict.fromkeys(("address", "email", "phone", "tax_id")),
            "name": seller["business_profile"]["name"],
        },
        "captured": True,
        "created": account.now,
        "currency": params["currency"],
        "description": params.get("description"),
        "metadata": params.get("metadata") or {},
        "outcome": {
            **dict.fromkeys(("advice_code", "network_advice_code", "network_decline_code", "reason")),
            "network_status": "approved_by_network",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
        "source": {"id": seller["id"], "object": "account"},
        "status": "succeeded",
        "transfer_group": params.get("transfer_group"),
    }
