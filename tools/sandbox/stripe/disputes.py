"""Disputes: a bank takes the money back, evidence decides. Or it only asks: an inquiry, which may become a dispute."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.balance import book
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.metadata import merged
from sandbox.stripe.shapes import DISPUTE

FEE = 1500
"""Minor units: what Stripe takes for a dispute."""
_DUE = 14 * 86_400
_CLOSED = ("won", "lost", "warning_closed")


def is_open(dispute: Record) -> bool:
    """Whether it can still end so or so."""
    return dispute["status"] not in _CLOSED


def is_inquiry(dispute: Record) -> bool:
    """Whether the bank only asks, or only has asked: no money is withdrawn."""
    return str(dispute["status"]).startswith("warning_")


def open_dispute(account: StripeAccount, charge: Record, *, amount: int, reason: str, inquiry: bool = False) -> Record:
    """Raises StripeRefusedError when the charge can't be disputed (again)."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise StripeRefusedError.invalid(f"Charge {charge['id']} can't be disputed.", status=409)
    card = charge["payment_method_details"].get("card", {"brand": None})
    dispute = DISPUTE | {
        "id": account.new_id("du_1"),
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now,
        "currency": charge["currency"],
        "evidence_details": {"due_by": account.now + _DUE, "enhanced_eligibility": {}, "has_evidence": False,
                             "past_due": False, "submission_count": 0},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": card["brand"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }  # fmt: skip
    account.state.disputes.add(dispute)
    charge["disputed"] = True
    if inquiry:
        account.events.emit("charge.dispute.created", dispute)
        return dispute
    _book_out(account, dispute)
    account.events.emit("charge.dispute.created", dispute)
    account.events.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def withdraw(account: StripeAccount, dispute: Record) -> Record:
    """The bank that has asked takes the money. Raises StripeRefusedError unless it is an open inquiry."""
    if not (is_inquiry(dispute) and is_open(dispute)):
        raise StripeRefusedError.invalid("This is no open inquiry", executed=True)
    dispute["status"] = "needs_response"
    _book_out(account, dispute)
    account.events.emit("charge.dispute.updated", dispute)
    account.events.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _book_out(account: StripeAccount, dispute: Record) -> None:
    out = book(account, dispute["id"], -dispute["amount"], FEE, kind="adjustment", currency=dispute["currency"])
    dispute["balance_transactions"] = [out]


def update(account: StripeAccount, dispute: Record, params: Record) -> Record:
    """Evidence comes in. Stripe's magic texts `winning_evidence` and `losing_evidence` decide at once."""
    dispute["metadata"] = merged(dispute["metadata"], params.get("metadata"))
    evidence = params.get("evidence")
    if evidence:
        dispute["evidence"] = dispute["evidence"] | evidence
        dispute["evidence_details"] = dispute["evidence_details"] | {"has_evidence": True}
    if params.get("submit", True) and evidence and is_open(dispute):
        dispute["evidence_details"] = dispute["evidence_details"] | {"submission_count": 1}
        dispute["status"] = "warning_under_review" if is_inquiry(dispute) else "under_review"
        account.events.emit("charge.dispute.updated", dispute)
        _decide(account, dispute, evidence.get("uncategorized_text", ""))
    return dispute


def _decide(account: StripeAccount, dispute: Record, text: str) -> None:
    if text in ("winning_evidence", "losing_evidence"):
        close(account, dispute, won=text == "winning_evidence")


def close(account: StripeAccount, dispute: Record, *, won: bool) -> Record:
    """Raises StripeRefusedError when it is closed already. An inquiry is lost only after the money was taken."""
    if not is_open(dispute):
        raise StripeRefusedError.invalid("This dispute is already closed", executed=True)
    if is_inquiry(dispute) and won:
        dispute["status"] = "warning_closed"
        account.events.emit("charge.dispute.closed", dispute)
        return dispute
    if is_inquiry(dispute):
        withdraw(account, dispute)
    dispute["status"] = "won" if won else "lost"
    account.events.emit("charge.dispute.closed", dispute)
    if won:
        back = book(account, dispute["id"], dispute["amount"], -FEE, kind="adjustment", currency=dispute["currency"])
        dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
        account.events.emit("charge.dispute.funds_reinstated", dispute)
    return dispute
