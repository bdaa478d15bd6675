"""How an invoice is paid: by a card on its page, in parts, or elsewhere."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe import payments
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.cards import Ending, Way
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.invoices import settle
from sandbox.stripe.shapes import INVOICE_PAYMENT, PAYMENT_INTENT, address

_PAYABLE = frozenset({"open", "uncollectible"})


def pay(account: StripeAccount, invoice: Record, way: Way, amount: int | None = None) -> Ending:
    """One try with a card; `amount`: a part of what is left. Raises StripeRefusedError."""
    due = _left(invoice)
    wanted = due if amount is None else amount
    if not 0 < wanted <= due:
        raise StripeRefusedError.invalid("The amount must be no more than what is left to pay.", param="amount")
    if way.ending not in (Ending.PAID, Ending.DECLINED):
        raise StripeRefusedError.invalid("The sandbox pays invoices at once, or declines.", param="card")
    intent = _intent(account, invoice, wanted)
    payer = {"address": address("US", "75201"), "email": invoice["customer_email"], "name": invoice["customer_name"]}
    failed = way.ending is Ending.DECLINED
    status = "failed" if failed else "succeeded"
    charge = payments.charge_for(account, {"customer_details": payer}, intent, way, status=status)
    charge["customer"] = invoice["customer"]
    if failed:
        payments.fail(account, intent, charge, way)
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
        account.events.emit("invoice.payment_failed", invoice)
        return way.ending
    payments.succeed(account, intent, charge)
    _note(account, invoice, intent)
    settle(account, invoice, wanted)
    return way.ending


def pay_elsewhere(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    """The account says that it has the money already. Raises StripeRefusedError."""
    invoice = account.state.invoices.get(path["id"], param="invoice")
    if not params.get("paid_out_of_band"):
        raise StripeRefusedError.invalid("The sandbox has no stored cards: pay on the invoice's page.")
    left = _left(invoice)
    invoice["amount_paid_off_stripe"] = left
    settle(account, invoice, left)
    return invoice


def charges_of(account: StripeAccount, invoice: Record) -> list[Record]:
    """What has paid it, the oldest first."""
    paid = [each for each in account.state.invoice_payments if each["invoice"] == invoice["id"]]
    intents = [account.state.intents.get(each["payment"]["payment_intent"]) for each in paid]
    return [account.state.charges.get(intent["latest_charge"]) for intent in intents]


def _note(account: StripeAccount, invoice: Record, intent: Record) -> None:
    account.state.invoice_payments.add(
        INVOICE_PAYMENT
        | {
            "id": account.new_id("inpay_1"),
            "amount_paid": intent["amount"],
            "amount_requested": intent["amount"],
            "created": account.now,
            "currency": intent["currency"],
            "invoice": invoice["id"],
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status_transitions": {"canceled_at": None, "paid_at": account.now},
        }
    )


def _left(invoice: Record) -> int:
    if invoice["status"] not in _PAYABLE:
        raise StripeRefusedError.invalid(f"This invoice is {invoice['status']}; it can't be paid.", status=409)
    left: int = invoice["amount_remaining"]
    return left


def _intent(account: StripeAccount, invoice: Record, amount: int) -> Record:
    intent_id = account.new_id("pi_3")
    account.state.invoice_of_intent[intent_id] = invoice["id"]
    intent = account.state.intents.add(
        PAYMENT_INTENT
        | {
            "id": intent_id,
            "amount": amount,
            "client_secret": account.new_id(f"{intent_id}_secret_", 25),
            "created": account.now,
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": f"Payment for Invoice {invoice['number']}",
            "payment_method": account.new_id("pm_1"),
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
        }
    )
    account.events.emit("payment_intent.created", intent)
    return intent
