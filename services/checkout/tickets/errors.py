"""Why a ticket is not made void, each with what to do."""

from __future__ import annotations

from chassis.errors import Condition


class NoSuchTicket(Condition):
    status = 404
    code = "unknown_ticket"
    title = "There is no such ticket"
    meaning = "The order has no seat of this number, or its money has gone back."
    remedy = "Look at the order’s seats: `fullhouse orders show` has them."


class NotVoidable(Condition):
    status = 409
    code = "order_not_paid"
    title = "The order has no tickets that are good"
    meaning = "Only an order that is paid, and whose money is not disputed, has tickets to make void."
    remedy = "Look at its state: `fullhouse orders show` has it."


class NoMoreCodes(Condition):
    status = 409
    code = "no_more_codes"
    title = "The ticket was made void too often"
    meaning = "A ticket’s code counts its issues, and there is no room for another one."
    remedy = "Give the money of this seat back, and let it be bought again."


class TicketUsed(Condition):
    status = 409
    code = "ticket_used"
    title = "Somebody is in on that ticket"
    meaning = "A ticket on which somebody has come in can’t be given to anybody else."
    remedy = "Look at the ticket: `fullhouse tickets show` has who came in, and when."


class WorkshopOver(Condition):
    status = 409
    code = "workshop_over"
    title = "The workshop is over"
    meaning = "Tickets are given to somebody else until the workshop ends."
    remedy = "Nothing can be done: its tickets let nobody in any more."


class TransferredTooOften(Condition):
    status = 409
    code = "transferred_too_often"
    title = "The ticket was given on too often"
    meaning = "A ticket goes from hand to hand a few times only."
    remedy = "Write to us: staff can give it on by `fullhouse tickets transfer`."
