"""How e-mails with tickets begin: what has happened, and whether there are tickets to show. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from languages import gettext, gettext_noop, translate
from notifier.messages.confirmations import ConfirmationWords
from notifier.messages.domain import (
    CONFIRMATION,
    CUSTOMER_CHANGED,
    SEAT_FOUND,
    SEATS_MOVED,
    TICKETS_AGAIN,
    TICKETS_REPLACED,
    ConfirmationFacts,
    addressed,
)

_NEWS: Final = {
    SEAT_FOUND: (
        gettext_noop("You have your seat"),
        gettext_noop("There is a seat for you now: here is your ticket. Nothing else has changed."),
    ),
    SEATS_MOVED: (
        gettext_noop("You have new tickets"),
        gettext_noop(
            "We have moved your seats, and what you paid stays the same. The tickets that you had let nobody in any"
            " more."
        ),
    ),
    TICKETS_REPLACED: (
        gettext_noop("You have new tickets"),
        gettext_noop("We have made new tickets for your seats. The ones that you had let nobody in any more."),
    ),
    CUSTOMER_CHANGED: (
        gettext_noop("Your order has changed"),
        gettext_noop(
            "It has your name and this address now. The tickets stay as they were: these are the codes that let you in."
        ),
    ),
    TICKETS_AGAIN: (
        gettext_noop("Here are your tickets again"),
        gettext_noop(
            "Somebody who has your order asked for them. Nothing has changed: these are the codes that let you in."
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The beginning of such an e-mail.

    headline: what happened, to whom
    subject: the e-mail's subject
    preview: what mail programs show beside it
    note: what to know before all else; empty where there is nothing
    tickets: whether the order's seats are there
    """

    headline: str
    subject: str
    preview: str
    note: str = ""
    tickets: bool = True


def opening(kind: str, facts: ConfirmationFacts, words: ConfirmationWords) -> Opening:
    """The beginning of a message of this kind."""
    if facts.oversold:
        return _without_seats(kind, facts, words)
    if kind == CONFIRMATION:
        return Opening(headline=_said(gettext("You’re in"), words), subject=words.subject, preview=words.summary)
    said, note = (translate(each) for each in _NEWS[kind])
    return Opening(headline=_said(said, words), subject=words.subject, preview=words.summary, note=note)


def _without_seats(kind: str, facts: ConfirmationFacts, words: ConfirmationWords) -> Opening:
    headline = _said(gettext("We owe you a seat"), words)
    subject = gettext("About your seat in %(city)s", city=words.city)
    seats = len(facts.order.seats)
    found = gettext("We have found %(found)s of your %(count)s seats.", found=seats - facts.owed, count=seats)
    note = found if kind == SEAT_FOUND else ""
    return Opening(headline=headline, subject=subject, preview=headline, note=note, tickets=False)


def _said(what: str, words: ConfirmationWords) -> str:
    return addressed(what, words.first_name)
