"""Paying a session, disputing and refunding a charge: what people do at Stripe, by pay page or control API."""

from __future__ import annotations

from sandbox.control.problems import ProblemError, invalid
from sandbox.core.http import Record
from sandbox.stripe import disputes, invoice_payments, refunds
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.cards import WAYS, Ending, Way, find_way
from sandbox.stripe.connected import let_go, onboard
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.payments import Payer, authenticate, pay


class Till:
    """The side of buyers, banks and connected accounts of one Stripe account. Its methods raise ProblemError."""

    def __init__(self, account: StripeAccount) -> None:
        self._account = account

    def holder(self, session_id: str) -> StripeAccount:
        """Which account has a session: ours, or one connected to it."""
        return self._account.holding("sessions", session_id)

    def session(self, session_id: str) -> Record:
        session = self.holder(session_id).state.sessions.find(session_id)
        if session is None:
            raise ProblemError(404, "unknown_session", f"The sandbox has no session {session_id}.")
        return session

    def charge(self, charge_id: str) -> Record:
        charge = self._account.holding("charges", charge_id).state.charges.find(charge_id)
        if charge is None:
            raise ProblemError(404, "unknown_charge", f"The sandbox has no charge {charge_id}.")
        return charge

    def way(self, name: str) -> Way:
        way = find_way(name)
        if way is None:
            raise invalid("card", f"card must be one of {', '.join(WAYS)}.")
        return way

    def pay(self, session: Record, way: Way, payer: Payer) -> Ending:
        try:
            return pay(self.holder(session["id"]), session, way, payer)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "session_not_payable", str(refusal)) from refusal

    def invoice(self, invoice_id: str) -> Record:
        invoice = self._account.state.invoices.find(invoice_id)
        if invoice is None:
            raise ProblemError(404, "unknown_invoice", f"The sandbox has no invoice {invoice_id}.")
        return invoice

    def pay_invoice(self, invoice: Record, way: Way, amount: int | None = None) -> Ending:
        """With a card, in full or in part."""
        try:
            return invoice_payments.pay(self._account, invoice, way, amount)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "invoice_not_payable", str(refusal)) from refusal

    def authenticate(self, session: Record, *, approved: bool) -> Ending:
        way = self.way("4000002500003155")
        try:
            return authenticate(self.holder(session["id"]), session, way, approved=approved)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "nothing_to_authenticate", str(refusal)) from refusal

    def last_error(self, session: Record) -> Record | None:
        """Why the last try failed, or None."""
        intent = self.holder(session["id"]).state.intents.find(session["payment_intent"] or "")
        return intent["last_payment_error"] if intent is not None else None

    def dispute(self, charge: Record, *, amount: int | None, reason: str, inquiry: bool = False) -> Record:
        try:
            return disputes.open_dispute(
                self._holder_of(charge), charge, amount=amount or charge["amount"], reason=reason, inquiry=inquiry
            )
        except StripeRefusedError as refusal:
            raise ProblemError(409, "not_disputable", str(refusal)) from refusal

    def close_dispute(self, dispute_id: str, *, won: bool) -> Record:
        try:
            return disputes.close(self._of_dispute(dispute_id), self._dispute(dispute_id), won=won)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "dispute_closed", str(refusal)) from refusal

    def withdraw(self, dispute_id: str) -> Record:
        try:
            return disputes.withdraw(self._of_dispute(dispute_id), self._dispute(dispute_id))
        except StripeRefusedError as refusal:
            raise ProblemError(409, "no_open_inquiry", str(refusal)) from refusal

    def _dispute(self, dispute_id: str) -> Record:
        dispute = self._of_dispute(dispute_id).state.disputes.find(dispute_id)
        if dispute is None:
            raise ProblemError(404, "unknown_dispute", f"The sandbox has no dispute {dispute_id}.")
        return dispute

    def _of_dispute(self, dispute_id: str) -> StripeAccount:
        return self._account.holding("disputes", dispute_id)

    def _holder_of(self, charge: Record) -> StripeAccount:
        return self._account.holding("charges", charge["id"])

    def connected(self, account_id: str) -> Record:
        connected = self._account.state.accounts.find(account_id)
        if connected is None:
            raise ProblemError(404, "unknown_account", f"The sandbox has no connected account {account_id}.")
        return connected

    def let_go(self, account_id: str) -> None:
        """Its owner ends what the platform was permitted."""
        let_go(self._account, self.connected(account_id)["id"])

    def onboard(self, account_id: str, *, charges_enabled: bool, details_submitted: bool) -> Record:
        connected = self.connected(account_id)
        onboard(self._account, connected, charges_enabled=charges_enabled, details_submitted=details_submitted)
        return connected

    def fail_refund(self, refund_id: str, reason: str) -> Record:
        account = self._account.holding("refunds", refund_id)
        refund = account.state.refunds.find(refund_id)
        if refund is None:
            raise ProblemError(404, "unknown_refund", f"The sandbox has no refund {refund_id}.")
        try:
            return refunds.fail(account, refund, reason)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "refund_not_succeeded", str(refusal)) from refusal

    def refund(self, charge: Record, *, amount: int | None, reason: str | None) -> Record:
        try:
            return refunds.refund_by_hand(self._holder_of(charge), charge, amount, reason)
        except StripeRefusedError as refusal:
            raise ProblemError(409, "not_refundable", str(refusal)) from refusal
