"""Why a payment can't be routed."""

from __future__ import annotations

from chassis.errors import Condition, InvalidRequest


class PaymentRoutingFailed(Condition):
    """Raised with `rule`, `cause` and, where one is at fault, `connection_id` and `processor`, and with `why`."""

    status = 400
    code = "payment_routing_failed"
    title = "Nobody can take this payment"
    meaning = "By the provider's settings and the health of its connections nobody can take this payment."
    remedy = "Look at `rule`, `cause` and `connection_id`: mend the connection, or let fallback be on."


def one_subject_only() -> InvalidRequest:
    """A payment for nothing, or for two things."""
    return InvalidRequest(fields={"appointment_id": "Name an appointment or an order, one of the two."})


def no_provider() -> InvalidRequest:
    """A payment of nobody."""
    return InvalidRequest(fields={"provider": "Name the provider whose payment it is."})


def no_amount(currency: str) -> InvalidRequest:
    """An amount that the currency doesn't have, or nothing at all."""
    return InvalidRequest(fields={"amount": f"Write an amount above 0 with no more digits than {currency} has."})
