"""Stripe's test cards, and the two bank debits (X-7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sandbox.core.http import Record


class Ending(StrEnum):
    """How a try to pay ends."""

    PAID = "paid"
    DECLINED = "declined"
    REQUIRES_ACTION = "requires_action"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay. `code` and `decline_code` are Stripe's for a refusal; `disputed`: the bank takes it back, or
    with `inquiry` asks about it.
    """

    number: str
    ending: Ending
    brand: str = "visa"
    code: str = "card_declined"
    decline_code: str = "generic_decline"
    message: str = "Your card was declined."
    settles: bool = True
    disputed: bool = False
    inquiry: bool = False

    @property
    def is_debit(self) -> bool:
        return self.ending is Ending.PENDING

    @property
    def method(self) -> str:
        return "us_bank_account" if self.is_debit else "card"

    @property
    def last4(self) -> str:
        return "6789" if self.is_debit else self.number[-4:]

    @property
    def shown(self) -> str:
        """`4242 4242 4242 4242`."""
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


def _declined(number: str, decline_code: str, message: str, *, code: str = "card_declined") -> Way:
    return Way(number=number, ending=Ending.DECLINED, decline_code=decline_code, message=message, code=code)


_WAYS = (
    Way(number="4242424242424242", ending=Ending.PAID),
    Way(number="5555555555554444", ending=Ending.PAID, brand="mastercard"),
    Way(number="378282246310005", ending=Ending.PAID, brand="amex"),
    Way(number="4000000000000259", ending=Ending.PAID, disputed=True),
    Way(number="4000000000001976", ending=Ending.PAID, disputed=True, inquiry=True),
    Way(number="4000002500003155", ending=Ending.REQUIRES_ACTION),
    _declined("4000000000000002", "generic_decline", "Your card was declined."),
    _declined("4000000000009995", "insufficient_funds", "Your card has insufficient funds."),
    _declined("4000000000009987", "lost_card", "Your card was declined."),
    _declined("4000000000009979", "stolen_card", "Your card was declined."),
    _declined("4000000000000069", "expired_card", "Your card has expired.", code="expired_card"),
    _declined("4000000000000127", "incorrect_cvc", "Your card's security code is incorrect.", code="incorrect_cvc"),
    _declined(
        "4000000000000119",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        code="processing_error",
    ),
    Way(number="debit_succeeds", ending=Ending.PENDING),
    Way(
        number="debit_fails",
        ending=Ending.PENDING,
        settles=False,
        code="payment_intent_payment_attempt_failed",
        decline_code="insufficient_funds",
        message="The customer's account has insufficient funds to cover this payment.",
    ),
)
WAYS = {way.number: way for way in _WAYS}


def find_way(name: str) -> Way | None:
    """The way to pay of this name; spaces and dashes in a card number don't count."""
    return WAYS.get(name.replace(" ", "").replace("-", ""))


def method_details(way: Way) -> Record:
    """`payment_method_details` of a charge."""
    if way.is_debit:
        return {"type": "us_bank_account", "us_bank_account": {
            "account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
            "fingerprint": "5TESTbankFprint1", "last4": way.last4, "mandate": None, "payment_reference": None,
            "routing_number": "110000000"}}  # fmt: skip
    return {"type": "card", "card": {
        "amount_authorized": None, "authorization_code": None, "brand": way.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"},
        "country": "US", "exp_month": 12, "exp_year": 2034, "extended_authorization": {"status": "disabled"},
        "fingerprint": f"SBXfp{way.number[-11:]}", "funding": "credit",
        "incremental_authorization": {"status": "unavailable"}, "installments": None, "last4": way.last4,
        "mandate": None, "multicapture": {"status": "unavailable"}, "network": way.brand,
        "network_token": {"used": False}, "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": 0, "status": "unavailable"}, "regulated_status": "unregulated",
        "three_d_secure": None, "wallet": None}}  # fmt: skip
