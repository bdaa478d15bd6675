"""Why news of an external payment can't be written down, now or ever."""

from __future__ import annotations

from checkout.webhooks.errors import Early, Refusal


class PaymentNotPaid(Early):
    """A dispute of a payment that was not completed, as far as its processor says now."""

    code = "payment_not_completed"


class DisputeInOtherCurrency(Refusal):
    """The ledger of a transaction has its currency only."""

    code = "dispute_in_other_currency"
