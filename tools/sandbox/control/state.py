"""`GET /_sandbox/state`: what checkers compare with what the product believes."""

from __future__ import annotations

from collections import Counter

from sandbox.accounts import Accounts
from sandbox.core.http import Record
from sandbox.core.messages import iso
from sandbox.stripe.account import StripeAccount
from sandbox.world import World


def state_of(world: World, accounts: Accounts, *, summary: bool) -> Record:
    """Everything, or with `summary` the counts only."""
    figures, stripe, twilio = world.webhooks.figures, accounts.stripe, accounts.twilio
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
                   "optedOut": twilio.opted_out},
        "sendgrid": {"mails": dict(Counter(sent.activity for sent in accounts.sendgrid.outbox.sent.values()))},
        "slack": _slack_counts(accounts),
        "pagerduty": _pagerduty_counts(accounts),
        "paypal": _paypal_counts(accounts),
        "square": _square_counts(accounts),
    }  # fmt: skip
    if not summary:
        shown["stripe"] |= _stripe_rows(stripe)
        shown["pagerduty"]["incidents"] = [incident.as_json() for incident in accounts.incidents.newest()]
    return shown


def _slack_counts(accounts: Accounts) -> Record:
    room = accounts.slack.room
    edited = sum(1 for message in room.posted.values() if "edited" in message)
    by_channel = Counter(room.name_of(message["channel"]) for message in room.posted.values())
    return {"posted": len(room.posted), "edited": edited, "byChannel": dict(by_channel)}


def _pagerduty_counts(accounts: Accounts) -> Record:
    incidents = accounts.incidents
    return {
        "byStatus": dict(Counter(incident.status.value for incident in incidents.newest())),
        "triggers": sum(incident.triggers for incident in incidents.newest()),
        "overlooked": incidents.overlooked,
    }


def _paypal_counts(accounts: Accounts) -> Record:
    state = accounts.paypal.state
    return {
        "ordersByStatus": dict(Counter(order["status"] for order in state.orders.values())),
        "capturesByStatus": dict(Counter(capture["status"] for capture in state.captures.values())),
        "refunds": len(state.refunds),
    }


def _square_counts(accounts: Accounts) -> Record:
    state = accounts.square.state
    return {
        "paymentsByStatus": dict(Counter(payment["status"] for payment in state.payments.values())),
        "refunds": len(state.refunds),
        "links": len(state.links),
        "subscriptions": len(state.subscriptions),
    }


def _stripe_counts(stripe: StripeAccount) -> Record:
    state, buyers = stripe.state, _of_buyers(stripe)
    return {
        "sessionsByStatus": dict(Counter(session["status"] for session in state.sessions)),
        "sessionsByPaymentStatus": dict(Counter(session["payment_status"] for session in state.sessions)),
        "events": len(state.events),
        "eventsUndelivered": sum(1 for event in state.events if event["pending_webhooks"]),
        "amountPaid": sum(charge["amount"] for charge in buyers if charge["paid"]),
        "amountRefunded": sum(charge["amount_refunded"] for charge in buyers),
    }


def _of_buyers(stripe: StripeAccount) -> list[Record]:
    """Charges without debits of connected accounts, and without what pays invoices."""
    others = stripe.state.invoice_of_intent.keys() | {None}
    return [charge for charge in stripe.state.charges if charge["payment_intent"] not in others]


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
            for charge in _of_buyers(stripe)
        ],
        "debits": [
            {"id": charge["id"], "account": charge["source"]["id"], "amount": charge["amount"]}
            for charge in state.charges
            if charge["payment_intent"] is None
        ],
        "invoices": [
            {name: invoice[name] for name in ("id", "number", "status", "currency", "customer", "metadata")}
            | {"amountDue": invoice["amount_due"], "amountPaid": invoice["amount_paid"]}
            for invoice in state.invoices
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
