"""Why an order's money is not given back (C-7)."""

from __future__ import annotations

from chassis.errors import Condition


class OrderNotPaid(Condition):
    status = 409
    code = "order_not_paid"
    title = "The order is not paid"
    meaning = "No money came for this order, or not yet."
    remedy = "Look at the order's state; one that is not paid ends by itself."


class OrderInDispute(Condition):
    status = 409
    code = "order_disputed"
    title = "The order's money is disputed"
    meaning = (
        "The buyer's bank has taken the money back and has not decided yet: giving it back as well would pay twice."
    )
    remedy = "Accept the dispute at the processor, which gives the money back, or wait until it is closed."


class NothingToRefund(Condition):
    status = 409
    code = "nothing_to_refund"
    title = "Nothing is left to be given back"
    meaning = "All of the order's money went back, or is on its way, or no processor took any."
    remedy = "Look at the order's refunds."


class RefundTooLarge(Condition):
    status = 409
    code = "refund_too_large"
    title = "That is more than is left"
    meaning = "What was given back already, or is on its way, leaves less of the order's money than this refund."
    remedy = "Name an amount up to `left`, or neither amount nor seats to give everything back that is left."


class UnknownSeat(Condition):
    status = 422
    code = "unknown_seat"
    title = "The order has no such seat"
    meaning = "Seats are numbered within the order; this number is none of them."
    remedy = "Take the numbers from the order."


class SeatAlreadyRefunded(Condition):
    status = 409
    code = "seat_already_refunded"
    title = "A seat's money went back already"
    meaning = "A seat is refunded once."
    remedy = "Leave it out."


class SeatRefundUnderWay(Condition):
    status = 409
    code = "seat_refund_under_way"
    title = "A seat's refund is under way"
    meaning = "Somebody has asked for it; the processor has not decided yet."
    remedy = "Wait for it: the order's refunds say how far it is."
