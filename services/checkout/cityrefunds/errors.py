"""Why a city is not refunded (C-7)."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownCityRefund(Condition):
    status = 404
    code = "unknown_city_refund"
    title = "There is no such refund of a city"
    meaning = "No refund of a city has this id."
    remedy = "Take the id from the answer that began it."


class CityOrdersChanged(Condition):
    status = 409
    code = "city_orders_changed"
    title = "The city's orders have changed"
    meaning = "Another number of orders would get their money back than you were shown, or none at all."
    remedy = "Look at the preview again, and confirm the number that it has now."


class CityRefundRunning(Condition):
    status = 409
    code = "city_refund_running"
    title = "The city is being refunded"
    meaning = "Somebody has begun it, and some of its orders wait for their turn."
    remedy = "Wait for it: `runId` says which one."
