"""Stripe's words: the types of events that checkout works on (C-4), and the calls that it makes."""

from __future__ import annotations

from typing import Final

# Stripe lists events by so many types at most: each of these is asked for by itself.
LISTED: Final = (
    (
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
    ),
    (
        "credit_note.created",
        "credit_note.voided",
        "invoice.marked_uncollectible",
        "invoice.overdue",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.voided",
    ),
)
# Those that a webhook endpoint must be told of.
HANDLED: Final = frozenset(kind for part in LISTED for kind in part)

# As figures and traces name the calls.
OPERATIONS: Final = {
    "create": "sessions.create",
    "expire": "sessions.expire",
    "read": "sessions.read",
    "refund": "refunds.create",
    "refunds": "refunds.list",
    "balance": "balance.retrieve",
    "sessions": "sessions.list",
    "events": "events.list",
    "event": "events.retrieve",
    "accounts": "accounts.list",
    "endpoints": "webhook_endpoints.list",
    "movements": "balance_transactions.list",
}
