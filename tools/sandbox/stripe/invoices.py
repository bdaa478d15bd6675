"""Invoices that are sent to customers: drafts, what is on them, and how they end.

draft ──► open ──► paid | void | uncollectible;   uncollectible ──► paid | void
"""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe import money
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import check_metadata
from sandbox.stripe.shapes import INVOICE, INVOICE_ITEM

# Stripe: a draft that may advance by itself is finalized an hour after it was made.
DRAFT_SECONDS = 3_600.0
_DAY = 86_400
_COPIED = ("auto_advance", "description", "footer", "metadata")
_KNOWN = frozenset(
    {*_COPIED, "collection_method", "currency", "customer", "days_until_due", "pending_invoice_items_behavior"}
)


def create(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """A draft without anything on it. Raises StripeRefusedError."""
    _check(account, params)
    customer = account.state.customers.get(params["customer"], param="customer", status=400)
    invoice_id, moment = account.new_id("in_1"), account.now
    invoice = INVOICE | {
        "id": invoice_id,
        "account_country": "US",
        "account_name": account.world.settings.business_name,
        "collection_method": "send_invoice",
        "created": moment,
        "currency": params.get("currency", "usd"),
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "due_date": moment + params["days_until_due"] * _DAY,
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"},
        "period_end": moment,
        "period_start": moment,
        **{name: params[name] for name in _COPIED if name in params},
    }
    account.state.invoices.add(invoice)
    account.events.emit("invoice.created", invoice)
    if invoice["auto_advance"]:
        account.world.timers.later(DRAFT_SECONDS, "advance_invoice", invoice_id)
    return invoice


def add_item(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    """Puts an amount on a draft. Raises StripeRefusedError."""
    for name in ("invoice", "amount", "currency"):
        if name not in params:
            raise StripeRefusedError.missing(name)
    check_metadata(params.get("metadata"), "metadata")
    invoice = _in(account, params["invoice"], "draft", deed="edited", param="invoice", status=400)
    if params["currency"] != invoice["currency"]:
        raise StripeRefusedError.invalid("The currency must be that of the invoice.", param="currency")
    item = INVOICE_ITEM | {
        "id": account.new_id("ii_1"),
        "amount": params["amount"],
        "currency": params["currency"],
        "customer": invoice["customer"],
        "date": account.now,
        "description": params.get("description"),
        "invoice": invoice["id"],
        "metadata": params.get("metadata") or {},
        "period": {"end": account.now, "start": account.now},
    }
    account.state.invoice_items.add(item)
    line = {"id": account.new_id("il_1"), "object": "line_item", **{name: item[name] for name in (
        "amount", "currency", "description", "invoice", "livemode", "metadata", "period", "quantity")}}  # fmt: skip
    total = invoice["total"] + item["amount"]
    lines = invoice["lines"] | {"data": [*invoice["lines"]["data"], line]}
    invoice |= {"lines": lines, **dict.fromkeys(("subtotal", "total", "amount_due", "amount_remaining"), total)}
    return item


def finalize(account: StripeAccount, params: Record, path: dict[str, str]) -> Record:
    """It can be paid from now on. Raises StripeRefusedError."""
    invoice = _in(account, path["id"], "draft", deed="finalized")
    return _opened(account, invoice, auto_advance=bool(params.get("auto_advance", invoice["auto_advance"])))


def send(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Mails it to the customer; a draft is finalized first. Raises StripeRefusedError."""
    invoice = _in(account, path["id"], "draft", "open", deed="sent")
    if invoice["status"] == "draft":
        _opened(account, invoice, auto_advance=invoice["auto_advance"])
    if invoice["status"] == "open":
        account.events.emit("invoice.sent", invoice)
    return invoice


def void(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Raises StripeRefusedError."""
    invoice = _in(account, path["id"], "open", "uncollectible", deed="voided")
    return _ended(account, invoice, "void", "voided_at", "invoice.voided")


def mark_uncollectible(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Raises StripeRefusedError."""
    invoice = _in(account, path["id"], "open", deed="marked as uncollectible")
    return _ended(account, invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")


def delete(account: StripeAccount, _: Record, path: dict[str, str]) -> Record:
    """Only a draft can be. Raises StripeRefusedError."""
    invoice = _in(account, path["id"], "draft", deed="deleted")
    account.state.invoices.remove(invoice["id"])
    account.events.emit("invoice.deleted", invoice)
    return {"id": invoice["id"], "object": "invoice", "deleted": True}


def settle(account: StripeAccount, invoice: Record, amount: int) -> None:
    """Money has come for it; what pays it whole ends it."""
    paid = invoice["amount_paid"] + amount
    invoice |= {"amount_paid": paid, "amount_remaining": max(0, invoice["amount_due"] - paid), "attempted": True}
    if invoice["amount_remaining"] == 0:
        _ended(account, invoice, "paid", "paid_at", "invoice.paid")
        account.events.emit("invoice.payment_succeeded", invoice)


async def advance(account: StripeAccount, invoice_id: str) -> None:
    """A draft is finalized and sent by itself."""
    invoice = account.state.invoices.find(invoice_id)
    if invoice is not None and invoice["status"] == "draft" and invoice["auto_advance"]:
        send(account, {}, {"id": invoice_id})


async def come_due(account: StripeAccount, invoice_id: str) -> None:
    """Nobody has paid in time: it stays open, and its account is told."""
    invoice = account.state.invoices.find(invoice_id)
    if invoice is not None and invoice["status"] == "open":
        account.events.emit("invoice.overdue", invoice)


def _check(account: StripeAccount, params: Record) -> None:
    for name in params:
        if name not in _KNOWN:
            raise StripeRefusedError.invalid(f"The sandbox can't set {name} of an invoice.", param=name)
    if "customer" not in params:
        raise StripeRefusedError.missing("customer")
    check_metadata(params.get("metadata"), "metadata")
    if params.get("collection_method") != "send_invoice":
        raise StripeRefusedError.invalid("The sandbox only sends invoices.", param="collection_method")
    if params.get("pending_invoice_items_behavior", "exclude") != "exclude":
        raise StripeRefusedError.invalid("The sandbox has no pending items.", param="pending_invoice_items_behavior")
    if "days_until_due" not in params:
        raise StripeRefusedError.invalid("You must specify `days_until_due` for an invoice that is sent.")
    if not account.state.customers.get(params["customer"], param="customer", status=400)["email"]:
        raise StripeRefusedError.invalid("Missing email: an invoice is sent to a customer with an email only.")


def _in(
    account: StripeAccount, invoice_id: str, *states: str, deed: str, param: str = "invoice", status: int = 404
) -> Record:
    """Raises StripeRefusedError for one that stands otherwise."""
    invoice = account.state.invoices.get(invoice_id, param=param, status=status)
    if invoice["status"] not in states:
        raise StripeRefusedError.invalid(
            f"This invoice can't be {deed}: it has a status of {invoice['status']}.",
            code="invoice_not_editable",
            executed=True,
        )
    return invoice


def _opened(account: StripeAccount, invoice: Record, *, auto_advance: bool) -> Record:
    customer = account.state.customers.get(invoice["customer"])
    sequence = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = sequence + 1
    url = f"{account.world.settings.sandbox_url}/invoice/{invoice['id']}"
    _use_credit(customer, invoice)
    invoice |= {
        "auto_advance": auto_advance,
        "effective_at": account.now,
        "ending_balance": customer["balance"],
        "hosted_invoice_url": url,
        "invoice_pdf": f"{url}/pdf",
        "number": f"{customer['invoice_prefix']}-{sequence:04}",
        "status": "open",
        "status_transitions": invoice["status_transitions"] | {"finalized_at": account.now},
    }
    account.events.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        return _ended(account, invoice, "paid", "paid_at", "invoice.paid")
    if invoice["amount_due"] < money.rules(invoice["currency"]).least:
        return _too_little(account, invoice)
    account.world.timers.later(max(0.0, invoice["due_date"] - account.now), "invoice_due", invoice["id"])
    return invoice


def _use_credit(customer: Record, invoice: Record) -> None:
    """What its customer has as a credit pays as much of it."""
    used = min(max(0, -customer["balance"]), invoice["amount_due"])
    left = invoice["amount_due"] - used
    invoice |= {"starting_balance": -used, "amount_due": left, "amount_remaining": left}
    customer["balance"] += used


def _too_little(account: StripeAccount, invoice: Record) -> Record:
    """Stripe: less than it charges is the customer's debt, and on the next invoice; this one counts as paid."""
    customer, amount = account.state.customers.get(invoice["customer"]), invoice["amount_due"]
    customer["balance"] += amount
    invoice |= {"amount_due": 0, "amount_remaining": 0, "ending_balance": customer["balance"]}
    return _ended(account, invoice, "paid", "paid_at", "invoice.paid")


def _ended(account: StripeAccount, invoice: Record, status: str, moment: str, kind: str) -> Record:
    transitions = invoice["status_transitions"] | {moment: account.now}
    invoice |= {"status": status, "status_transitions": transitions, "auto_advance": False}
    account.events.emit(kind, invoice)
    return invoice
