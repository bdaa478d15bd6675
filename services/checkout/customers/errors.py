"""Why an order's customer stays as it is."""

from __future__ import annotations

from chassis.errors import Condition


class CustomerNotChangeable(Condition):
    status = 409
    code = "order_not_paid"
    title = "The order has no tickets that are good"
    meaning = "Only of an order that is paid, whose money is not disputed, and that has seats left, are they changed."
    remedy = "Look at its state: `fullhouse orders show` has it."
