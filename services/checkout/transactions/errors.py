"""Why news of an external payment can’t be written down, and what can’t be found."""

from __future__ import annotations

from chassis.errors import Condition
from checkout.webhooks.errors import Early, Refusal


class FeesDrift(Exception):  # noqa: N818 a condition
    """`fullhouse payments fees` says where fees.yaml is no good estimate."""


class PaymentNotPaid(Early):
    """A dispute of a payment that was not completed, as far as its processor says now."""

    code = "payment_not_completed"


class DisputeInOtherCurrency(Refusal):
    """The ledger of a transaction has its currency only."""

    code = "dispute_in_other_currency"


class UnknownComparison(Condition):
    status = 404
    code = "unknown_payment_reconciliation"
    title = "There is no such reconciliation"
    meaning = "No comparison of external payments has this id, or it is older than 90 days."
    remedy = "Begin a new one with POST /api/v1/external-payments/reconciliations."
