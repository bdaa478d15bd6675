"""Why a purchase comes to nothing, each with what the buyer can do (C-13)."""

from __future__ import annotations

from collections.abc import Mapping

from chassis import formats
from chassis.errors import Condition
from chassis.money import Money
from languages import gettext, gettext_noop


class SoldOut(Condition):
    """Raised with what each tier still has; the page draws its rows by it."""

    status = 409
    code = "sold_out"
    title = gettext_noop("Not enough seats are left")
    meaning = gettext_noop("Fewer seats are left than you asked for.")
    remedy = "Take what `available` still has; `waitlistUrl` says what a buyer can do."

    def __init__(self, available: Mapping[str, int], *, waitlist_url: str) -> None:
        self.available = dict(available)
        super().__init__(extra={"available": self.available, "waitlistUrl": waitlist_url})


class PriceChanged(Condition):
    """Raised with what the buyer was shown, and what the same seats cost now."""

    status = 409
    code = "price_changed"
    title = gettext_noop("The price has changed")
    meaning = gettext_noop("The seats cost another amount now than `expectedAmount` says. Nothing was charged.")
    remedy = "Show the new `amount` to the buyer, and send the order again with it."

    def __init__(self, price: Money, *, shown: Money) -> None:
        super().__init__(
            gettext(
                "The price is %(now)s now, not %(shown)s. Nothing was charged. Go to payment again if that is right.",
                now=formats.money(price),
                shown=formats.money(shown),
            ),
            extra={"amount": price.amount, "currency": price.currency},
        )


class PaymentNotPossible(Condition):
    """Raised with `decision_id`, which says why."""

    status = 409
    code = "payment_not_possible"
    title = gettext_noop("It can’t be paid right now")
    meaning = gettext_noop("It can’t be paid here right now. Nothing was charged.")
    remedy = "Look at the decision: the provider has no way to be paid. Nothing is held; ask again later."


class PaymentProcessingFailed(Condition):
    status = 502
    code = "payment_processing_failed"
    title = gettext_noop("Payment processing failed")
    meaning = gettext_noop("Payments are not working right now. Nothing was charged. Try again in a minute.")
    remedy = "Wait as long as Retry-After says and try again."


class PaymentProviderBusy(Condition):
    status = 503
    code = "payment_provider_busy"
    title = gettext_noop("The payment processor is busy")
    meaning = gettext_noop(
        "The payment processor is too slow right now, or too many people pay at once. Nothing was charged."
    )
    remedy = "Wait as long as Retry-After says and try again, with the same Idempotency-Key."


class InProgress(Condition):
    status = 409
    code = "in_progress"
    title = gettext_noop("The first request is still running")
    meaning = gettext_noop("A request with this Idempotency-Key is still being worked on.")
    remedy = "Wait as long as Retry-After says and repeat it."


class InventoryUnavailable(Condition):
    status = 503
    code = "service_unavailable"
    title = gettext_noop("We can’t hold seats right now")
    meaning = gettext_noop("We can’t hold seats right now. Nothing was charged. Try again in a minute.")
    remedy = "Wait as long as Retry-After says and try again."


class NotCancellable(Condition):
    status = 409
    code = "order_not_cancellable"
    title = "The order can't be cancelled"
    meaning = "Its money is here, on its way, or disputed: nobody cancels that away."
    remedy = "Give the money back with `fullhouse orders refund`, or wait until a payment that is on its way has come."
