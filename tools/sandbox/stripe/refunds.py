"""Refunds, in full or in parts."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe import money
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.balance import book
from sandbox.stripe.connected import give_fee_back
from sandbox.stripe.disputes import is_inquiry
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import REFUND


def create(account: StripeAccount, params: Record) -> Record:
    """Raises StripeRefusedError."""
    check_metadata(params.get("metadata"), "metadata")
    charge = _charge(account, params)
    amount = params.get("amount", charge["amount"] - charge["amount_refunded"])
    _check(account, charge, amount)
    if params.get("refund_application_fee"):
        give_fee_back(account, charge, amount)
    return refund_charge(account, charge, amount, reason=params.get("reason"), metadata=params.get("metadata") or {})


def refund_charge(
    account: StripeAccount, charge: Record, amount: int, *, reason: str | None, metadata: Record
) -> Record:
    """Give `amount` back; what may be refunded was checked."""
    refund_id = account.new_id("re_3")
    transaction = book(account, refund_id, -amount, 0, kind="refund", currency=charge["currency"])
    refund = REFUND | {
        "id": refund_id,
        "amount": amount,
        "balance_transaction": transaction["id"],
        "charge": charge["id"],
        "created": account.now,
        "currency": charge["currency"],
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "succeeded",
    }
    account.state.refunds.add(refund)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    refunded = charge["amount_refunded"] + amount
    charge |= {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}
    account.events.emit("refund.created", refund)
    account.events.emit("charge.refunded", charge, previous=before)
    return refund


def fail(account: StripeAccount, refund: Record, reason: str) -> Record:
    """The bank sends a refund back that had succeeded. Raises StripeRefusedError for one that has failed already."""
    if refund["status"] != "succeeded":
        raise StripeRefusedError.invalid(f"Refund {refund['id']} is {refund['status']}.", executed=True)
    amount, charge = refund["amount"], account.state.charges.get(refund["charge"])
    back = book(account, refund["id"], amount, 0, kind="refund_failure", currency=refund["currency"])
    before = {"status": refund["status"]}
    refund |= {"status": "failed", "failure_reason": reason, "failure_balance_transaction": back["id"]}
    charge |= {"amount_refunded": charge["amount_refunded"] - amount, "refunded": False}
    for kind in ("refund.updated", "charge.refund.updated", "refund.failed"):
        account.events.emit(kind, refund, previous=before)
    return refund


def refund_by_hand(account: StripeAccount, charge: Record, amount: int | None, reason: str | None) -> Record:
    """A refund made in the vendor's dashboard. Raises StripeRefusedError."""
    wanted = charge["amount"] - charge["amount_refunded"] if amount is None else amount
    _check(account, charge, wanted)
    return refund_charge(account, charge, wanted, reason=reason, metadata={})


def _charge(account: StripeAccount, params: Record) -> Record:
    if "charge" in params:
        return account.state.charges.get(params["charge"], param="charge")
    if "payment_intent" not in params:
        raise StripeRefusedError.invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
        )
    intent = account.state.intents.get(params["payment_intent"], param="payment_intent")
    if intent["latest_charge"] is None:
        raise StripeRefusedError.invalid(
            "This PaymentIntent does not have a successful charge to refund.", executed=True
        )
    return account.state.charges.get(intent["latest_charge"])


def _check(account: StripeAccount, charge: Record, amount: int) -> None:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise StripeRefusedError.invalid(
            f"Charge {charge['id']} is {charge['status']}; it can't be refunded.",
            executed=True,
            code="charge_not_refundable",
        )
    if charge["refunded"]:
        raise StripeRefusedError.invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded", executed=True
        )
    if _charged_back(account, charge):
        raise StripeRefusedError.invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            executed=True,
        )
    if amount < 1:
        raise StripeRefusedError.invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    money.check_step(amount, charge["currency"], param="amount")
    if amount > left:
        asked, rest = money.shown(amount, charge["currency"]), money.shown(left, charge["currency"])
        raise StripeRefusedError.invalid(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})",
            param="amount",
            executed=True,
        )


def _charged_back(account: StripeAccount, charge: Record) -> bool:
    """A charge stays `disputed` for good; one whose dispute was won, or that is only asked about, can be refunded."""
    return any(
        dispute["charge"] == charge["id"] and dispute["status"] != "won" and not is_inquiry(dispute)
        for dispute in account.state.disputes
    )
