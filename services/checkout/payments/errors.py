"""What can be wrong with a payment. Each condition says by its kind what becomes of the webhook that tells of it."""

from __future__ import annotations

from checkout.webhooks.errors import Early, Refusal


class OrderUnknown(Early):
    """A payment that names no order of ours."""

    code = "order_unknown"


class PaymentUnknown(Early):
    """A charge, refund or dispute of a payment that is not known yet."""

    code = "payment_unknown"


class ChargesUnknown(Early):
    """What went back of a payment, while a restored database may lack another one of the same order."""

    code = "charges_unknown"


class DisputeUnknown(Early):
    """The end of a dispute that is not known yet."""

    code = "dispute_unknown"


class RefundUnderWay(Early):
    """What was given back of a payment, while it is not known whether a refund of ours is part of it."""

    code = "refund_under_way"


class ObjectUnreadable(Early):
    """The object that a thin webhook names could not be read at its processor."""

    code = "object_unreadable"


class ObjectStrange(Refusal):
    """A thin webhook names no object that we would read at its processor: nothing is asked, a person must look."""

    code = "object_strange"


class AmountMismatch(Refusal):
    """The processor took something else than the order asks for: nothing is fulfilled, a person must look."""

    code = "amount_mismatch"


class SessionUnknown(Refusal):
    """A payment page that is not ours, and of which no order can be made: a person must look (R-1)."""

    code = "session_unknown"
