"""What a wish to wait can be refused with, in inventory's codes."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.errors import Condition
from languages import gettext_noop


class UnknownPlace(Condition):
    """The same for a place that is there, and a link that doesn't open it."""

    status = 404
    code = "unknown_waitlist_entry"
    title = gettext_noop("There is no such place in line")
    meaning = gettext_noop("The link is not one of ours, or not whole.")
    remedy = "Take the link from the newest e-mail, or join again."


class WaitlistClosed(Condition):
    status = 409
    code = "waitlist_closed"
    title = gettext_noop("Nobody can wait for these seats")
    meaning = gettext_noop("Seats of this tier are not sold now, so none can come back.")
    remedy = "Look whether the sale is still to begin."


class SeatsAvailable(Condition):
    """`available` says how many of each tier."""

    status = 409
    code = "seats_available"
    title = gettext_noop("There are enough seats")
    meaning = gettext_noop("As many seats as were asked for can be bought now.")
    remedy = "Buy them."

    def __init__(self, available: Mapping[str, int]) -> None:
        super().__init__(extra={"available": dict(available)})


class MoreThanThereAre(Condition):
    """`most` is what is offered in all."""

    status = 409
    code = "more_than_there_are"
    title = gettext_noop("So many seats are not offered")
    meaning = gettext_noop("The tier has fewer public seats than were asked for.")
    remedy = "Ask for `most` seats or fewer."

    def __init__(self, most: int) -> None:
        super().__init__(extra={"most": most})


class WaitlistUnavailable(Condition):
    status = 503
    code = "service_unavailable"
    title = gettext_noop("We can’t look at the waiting list right now")
    meaning = gettext_noop(
        "We can’t look at the waiting list right now. Your place in line is kept. Try again in a minute."
    )
    remedy = "Wait as long as Retry-After says and try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
