"""The types of Stripe's events that checkout works on: those that a webhook endpoint must be told of (C-4)."""

from __future__ import annotations

from typing import Final

HANDLED: Final = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.pending",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)
