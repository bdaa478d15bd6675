"""The account's balance: what each charge, refund and dispute moved."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.shapes import BALANCE_TRANSACTION


def book(account: StripeAccount, source: str, amount: int, fee: int, *, kind: str, currency: str) -> Record:
    """A balance transaction; amounts in minor units, negative where money goes away."""
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees",
                "type": "stripe_fee"}]  # fmt: skip
    return account.state.balance.add(
        BALANCE_TRANSACTION
        | {
            "id": account.new_id("txn_3"),
            "amount": amount,
            "available_on": account.now + 2 * 86_400,
            "created": account.now,
            "currency": currency,
            "fee": fee,
            "fee_details": details if fee else [],
            "net": amount - fee,
            "reporting_category": "dispute" if kind == "adjustment" else kind,
            "source": source,
            "type": kind,
        }
    )
