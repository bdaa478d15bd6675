"""What a wish to wait can be refused with, in inventory's codes."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.errors import Condition


class UnknownPlace(Condition):
    """The same for a place that is there, and a link that doesn't open it."""

    status = 404
    code = "unknown_waitlist_entry"
    title = "There is no such place in line"
    meaning = "The link is not one of ours, or not whole."
    remedy = "Take the link from the newest e-mail, or join again."


class WaitlistClosed(Condition):
    status = 409
    code = "waitlist_closed"
    title = "Nobody can wait for these seats"
    meaning = "Seats of this tier are not sold now, so none can come back."
    remedy = "Look whether the sale is still to begin."


class SeatsAvailable(Condition):
    """`available` says how many of each tier."""

    status = 409
    code = "seats_available"
    title = "There are enough seats"
    meaning = "As many seats as were asked for can be bought now."
    remedy = "Buy them."

    def __init__(self, available: Mapping[str, int]) -> None:
        super().__init__(extra={"available": dict(available)})


class MoreThanThereAre(Condition):
    """`most` is what is offered in all."""

    status = 409
    code = "more_than_there_are"
    title = "So many seats are not offered"
    meaning = "The tier has fewer public seats than were asked for."
    remedy = "Ask for `most` seats or fewer."

    def __init__(self, most: int) -> None:
        super().__init__(extra={"most": most})


class WaitlistUnavailable(Condition):
    status = 503
    code = "service_unavailable"
    title = "We can’t look at the waiting list right now"
    meaning = "We can’t look at the waiting list right now. Your place in line is kept. Try again in a minute."
    remedy = "Wait as long as Retry-After says and try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
