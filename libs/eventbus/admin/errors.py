"""The conditions with which the admin API refuses a request."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownLetter(Condition):
    status = 404
    code = "unknown_letter"
    title = "No such dead letter"
    meaning = "This service has no dead letter with this id."
    remedy = "Look for it in the list, at the service whose group gave the event up."


class LetterSettled(Condition):
    status = 409
    code = "letter_settled"
    title = "The dead letter is settled already"
    meaning = "The letter has been applied, dropped or handed back meanwhile."
    remedy = "Look at its state and history."


class LetterWithoutId(Condition):
    status = 409
    code = "letter_without_id"
    title = "The record can't be redriven"
    meaning = "The record has no event id of ours: nothing could tell whether it had its effect before."
    remedy = "Find out who wrote it, then drop it with the reason."


class UnknownGroup(Condition):
    status = 404
    code = "unknown_group"
    title = "No such subscription"
    meaning = "This service has no consumer group of this name."
    remedy = "Look at the service's list of subscriptions."


class NotStopped(Condition):
    status = 409
    code = "not_stopped"
    title = "The subscription isn't stopped there"
    meaning = "The group is not stopped, or doesn't stand at this record."
    remedy = "Look at the service's list of subscriptions."
