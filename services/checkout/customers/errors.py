"""Why an order's customer stays as it is."""

from __future__ import annotations

from chassis.errors import Condition


class CustomerNotChangeable(Condition):
    status = 409
    code = "order_not_paid"
    title = "The order has no tickets that are good"
    meaning = "Only of an order that is paid, whose money is not disputed, and that has seats left, are they changed."
    remedy = "Look at its state: `fullhouse orders show` has it."


class NothingToChange(Condition):
    status = 409
    code = "nothing_to_change"
    title = "That is what the order has"
    meaning = "The order has this name and this address already."
    remedy = "Write what is to be different."


class ChangeEnded(Condition):
    status = 410
    code = "change_ended"
    title = "That link has ended"
    meaning = "The link is too old, was used, or something else was asked for since."
    remedy = "Ask for the change again, on the order’s page."
