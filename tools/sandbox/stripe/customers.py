"""Customers: whom the account sends invoices."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.sessions import EMAIL
from sandbox.stripe.setup import update_fields
from sandbox.stripe.shapes import CUSTOMER

_FIELDS = ("description", "email", "metadata", "name")


def create(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """Raises StripeRefusedError."""
    for name in params:
        if name not in _FIELDS:
            raise StripeRefusedError.invalid(f"The sandbox can't set {name} of a customer.", param=name)
    check_metadata(params.get("metadata"), "metadata")
    _check_email(params)
    made = {"id": account.new_id("cus_", 14), "created": account.now, "invoice_prefix": account.new_id("", 8).upper()}
    customer = account.state.customers.add(CUSTOMER | made | params)
    account.events.emit("customer.created", customer)
    return customer


def update(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    """Raises StripeRefusedError."""
    _check_email(params)
    customer = update_fields("customers", _FIELDS, account, params, path)
    account.events.emit("customer.updated", customer)
    return customer


def _check_email(params: Record) -> None:
    email = params.get("email")
    if email and not EMAIL.match(email):
        raise StripeRefusedError.invalid(f"Invalid email address: {email}", param="email", code="email_invalid")
