"""The account's balance: what each charge, refund and dispute moved."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.shapes import BALANCE_TRANSACTION


def book(
    account: StripeAccount,
    source: str,
    amount: int,
    fee: int,
    *,
    kind: str,
    currency: str,
    application_fee: int = 0,
) -> Record:
    """A balance transaction; amounts in minor units, negative where money goes away.

    application_fee: what the platform keeps of it, beside Stripe's own fee
    """
    kept = [(fee, "Stripe processing fees", "stripe_fee"), (application_fee, "Application fee", "application_fee")]
    details = [{"amount": each, "application": None, "currency": currency, "description": words, "type": name}
               for each, words, name in kept if each]  # fmt: skip
    fee += application_fee
    return account.state.balance.add(
        BALANCE_TRANSACTION
        | {
            "id": account.new_id("txn_3"),
            "amount": amount,
            "available_on": account.now + 2 * 86_400,
            "created": account.now,
            "currency": currency,
            "fee": fee,
            "fee_details": details,
            "net": amount - fee,
            "reporting_category": "dispute" if kind == "adjustment" else kind,
            "source": source,
            "type": kind,
        }
    )
