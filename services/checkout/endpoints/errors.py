"""What people are told who can't be helped, and what jobs end with when something is not in order.

The kind of the latter stands in the list of jobs.
"""

from __future__ import annotations

from chassis.errors import Condition


class AccountUnreadable(Condition):
    status = 409
    code = "account_unreadable"
    title = "The processor did not let us read"
    meaning = "An account, or a page of its events, could not be read: nothing is said of it, and nothing was done."
    remedy = "Compare STRIPE_SECRET_KEY and its permissions with Stripe's dashboard; else try again in a minute."


class WebhooksNotInOrder(Exception):  # noqa: N818 a condition
    """`fullhouse webhooks check` or `diagnose` says what is wrong."""


class ProcessorNotReadable(Exception):  # noqa: N818 a condition
    """Something could not be looked at: `fullhouse webhooks check` or `diagnose` names it."""
