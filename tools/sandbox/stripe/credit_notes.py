"""Credit notes: what an invoice asks for no longer, and how the money goes back where it was paid already."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe import refunds
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.invoice_payments import charges_of
from sandbox.stripe.invoices import settle
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import CREDIT_NOTE

_KNOWN = frozenset(
    {
        "amount",
        "credit_amount",
        "invoice",
        "memo",
        "metadata",
        "out_of_band_amount",
        "reason",
        "refund_amount",
        "refunds",
    }
)
_PARTS = ("refund_amount", "credit_amount", "out_of_band_amount")


def create(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """Of an open invoice less is left to pay; of a paid one the money goes back. Raises StripeRefusedError."""
    _check(params)
    invoice = account.state.invoices.get(params["invoice"], param="invoice", status=400)
    if invoice["status"] not in ("open", "paid"):
        raise StripeRefusedError.invalid(f"You can't credit an invoice that is {invoice['status']}.", executed=True)
    total = params.get("amount", _parts(params))
    paid = invoice["status"] == "paid"
    left = invoice["total"] - invoice["post_payment_credit_notes_amount"] if paid else invoice["amount_remaining"]
    if not 0 < total <= left:
        raise StripeRefusedError.invalid("The sum of credit amounts must be at most what is left.", param="amount")
    note = CREDIT_NOTE | {
        "id": account.new_id("cn_1"),
        "amount": total,
        "created": account.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "invoice": invoice["id"],
        "memo": params.get("memo"),
        "metadata": params.get("metadata") or {},
        "number": f"{invoice['number']}-CN-{len(_of(account, invoice)) + 1:02}",
        "out_of_band_amount": params.get("out_of_band_amount"),
        "reason": params.get("reason"),
        "type": "post_payment" if paid else "pre_payment",
        f"{'post' if paid else 'pre'}_payment_amount": total,
        **dict.fromkeys(("subtotal", "total"), total),
    }
    if paid:
        note["refunds"] = _paid_back(account, invoice, params, total)
        invoice["post_payment_credit_notes_amount"] += total
    account.state.credit_notes.add(note)
    account.events.emit("credit_note.created", note)
    if not paid:
        _less(account, invoice, total)
    return note


def void(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Only while its invoice is open. Raises StripeRefusedError."""
    note = account.state.credit_notes.get(path["id"], param="id")
    invoice = account.state.invoices.get(note["invoice"])
    if note["status"] != "issued" or invoice["status"] != "open":
        raise StripeRefusedError.invalid("You can only void credit notes of open invoices.", executed=True)
    note |= {"status": "void", "voided_at": account.now}
    account.events.emit("credit_note.voided", note)
    _less(account, invoice, -note["amount"])
    return note


def _of(account: StripeAccount, invoice: Record) -> list[Record]:
    return [note for note in account.state.credit_notes if note["invoice"] == invoice["id"]]


def _less(account: StripeAccount, invoice: Record, total: int) -> None:
    """What is left to pay is less by it; nothing left is paid."""
    invoice |= {
        "amount_due": invoice["amount_due"] - total,
        "pre_payment_credit_notes_amount": invoice["pre_payment_credit_notes_amount"] + total,
        "amount_remaining": invoice["amount_remaining"] - total,
    }
    if invoice["amount_remaining"] == 0:
        settle(account, invoice, 0)


def _paid_back(account: StripeAccount, invoice: Record, params: Record, total: int) -> list[Record]:
    if _parts(params) != total:
        raise StripeRefusedError.invalid(
            "The sum of refund, credit and out of band amounts must equal the credit note amount.", executed=True
        )
    made = [_linked(account, invoice, each) for each in params.get("refunds", ())]
    wanted = params.get("refund_amount", 0)
    for charge in charges_of(account, invoice):
        amount = min(wanted, charge["amount"] - charge["amount_refunded"])
        if amount > 0:
            refund = refunds.refund_by_hand(account, charge, amount, "requested_by_customer")
            made.append({"amount_refunded": amount, "payment_record_refund": None, "refund": refund["id"],
                         "type": "refund"})  # fmt: skip
            wanted -= amount
    if wanted:
        raise StripeRefusedError.invalid("The invoice has no payment that could be refunded so far.", executed=True)
    account.state.customers.get(invoice["customer"])["balance"] -= params.get("credit_amount", 0)
    return made


def _parts(params: Record) -> int:
    linked: int = sum(each["amount_refunded"] for each in params.get("refunds", ()))
    moved: int = sum(params.get(part, 0) for part in _PARTS)
    return linked + moved


def _linked(account: StripeAccount, invoice: Record, wanted: Record) -> Record:
    """A refund that was made before, of a payment of the invoice."""
    refund = account.state.refunds.get(wanted["refund"], param="refunds")
    if refund["charge"] not in [charge["id"] for charge in charges_of(account, invoice)]:
        raise StripeRefusedError.invalid("The refund is of another invoice.", param="refunds")
    if not 0 < wanted["amount_refunded"] <= refund["amount"]:
        raise StripeRefusedError.invalid("That is more than was refunded.", param="refunds")
    return {"amount_refunded": wanted["amount_refunded"], "payment_record_refund": None, "refund": refund["id"],
            "type": "refund"}  # fmt: skip


def _check(params: Record) -> None:
    for name in params:
        if name not in _KNOWN:
            raise StripeRefusedError.invalid(f"The sandbox can't set {name} of a credit note.", param=name)
    if "invoice" not in params:
        raise StripeRefusedError.missing("invoice")
    check_metadata(params.get("metadata"), "metadata")
