"""Why a payment is not given back."""

from __future__ import annotations

from chassis.errors import Condition


class WayRefundImpossible(Condition):
    """Raised with a sentence that says what the processor or the account can't do."""

    status = 409
    code = "refund_impossible"
    title = "The payment can't be given back there"
    meaning = "The processor that took the payment, or the provider's account there, doesn't do this."
    remedy = "Give all of it back where parts can't be, or give the money back by other means."


class WayRefundTooLarge(Condition):
    """Raised with `left`, in major units."""

    status = 409
    code = "refund_above_rest"
    title = "That is more than is left of the payment"
    meaning = "What went back already, or is on its way, leaves less of the payment than this refund."
    remedy = "Name an amount up to `left`, or none to give back all of it."


class WayRefundDeclined(Condition):
    """Raised with `refund_id`, and with `cause` and `reason` in the processor's words."""

    status = 409
    code = "refund_declined"
    title = "The processor has declined the refund"
    meaning = "The processor that took the payment has decided not to give the money back. Nothing went back."
    remedy = "Look at `reason`: an account without enough money, a dispute or an age that the processor doesn't allow."
