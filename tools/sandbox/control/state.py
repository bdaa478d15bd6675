"""`GET /_sandbox/state`: what checkers compare with what the product believes."""

from __future__ import annotations

from collections import Counter

from sandbox.core.http import Record
from sandbox.core.messages import iso
from sandbox.sendgrid.outbox import Outbox
from sandbox.stripe.account import StripeAccount
from sandbox.twilio.account import TwilioAccount
from sandbox.world import World


def state_of(world: World, stripe: StripeAccount, twilio: TwilioAccount, sendgrid: Outbox, *, summary: bool) -> Record:
    """Everything, or with `summary` the counts only."""
    figures = world.webhooks.figures
    calls = dict(sorted((world.gate.calls + world.stripe_gate.calls).items()))
    shown: Record = {
        "clock": {
            "now": iso(world.timers.wall()),
            "advancedSeconds": round(world.timers.advanced_seconds),
            "timersWaiting": world.timers.waiting(),
        },
        "calls": calls,
        "webhooks": {
            "pending": world.webhooks.pending, "sent": dict(figures.sent), "delivered": dict(figures.delivered),
            "refused": dict(figures.refused), "dropped": dict(figures.dropped), "givenUp": dict(figures.given_up),
        },
        "faults": [fault.as_json() for fault in world.faults.all()],
        "messages": dict(Counter(message.channel.value for message in world.messages.newest())),
        "stripe": _stripe_counts(stripe),
        "twilio": {"messages": dict(Counter(message["status"] for message in twilio.messages.values())),
                   "optedOut": sorted(number for _, number in twilio.opted_out)},
        "sendgrid": {"mails": dict(Counter(sent.activity for sent in sendgrid.sent.values()))},
    }  # fmt: skip
    if not summary:
        shown["stripe"] |= _stripe_rows(stripe)
    return shown


def _stripe_counts(stripe: StripeAccount) -> Record:
    state = stripe.state
    return {
        "sessionsByStatus": dict(Counter(session["status"] for session in state.sessions)),
        "sessionsByPaymentStatus": dict(Counter(session["payment_status"] for session in state.sessions)),
        "events": len(state.events),
        "eventsUndelivered": sum(1 for event in state.events if event["pending_webhooks"]),
        "amountPaid": sum(charge["amount"] for charge in state.charges if charge["paid"]),
        "amountRefunded": sum(charge["amount_refunded"] for charge in state.charges),
    }


def _stripe_rows(stripe: StripeAccount) -> Record:
    state = stripe.state
    return {
        "sessions": [
            {
                "id": session["id"],
                "status": session["status"],
                "paymentStatus": session["payment_status"],
                "amountTotal": session["amount_total"],
                "currency": session["currency"],
                "metadata": session["metadata"],
                "paymentIntent": session["payment_intent"],
                "expiresAt": session["expires_at"],
            }
            for session in state.sessions
        ],
        "charges": [
            {
                "id": charge["id"],
                "status": charge["status"],
                "paid": charge["paid"],
                "amount": charge["amount"],
                "currency": charge["currency"],
                "amountRefunded": charge["amount_refunded"],
                "disputed": charge["disputed"],
                "paymentIntent": charge["payment_intent"],
                "session": state.session_of_intent.get(charge["payment_intent"]),
                "metadata": charge["metadata"],
            }
            for charge in state.charges
        ],
        "refunds": [
            {"id": refund["id"], "amount": refund["amount"], "charge": refund["charge"], "status": refund["status"]}
            for refund in state.refunds
        ],
        "disputes": [
            {"id": dispute["id"], "amount": dispute["amount"], "charge": dispute["charge"], "status": dispute["status"]}
            for dispute in state.disputes
        ],
    }
