"""What the jobs of this room end with when something is not in order; the kind stands in the list of jobs."""

from __future__ import annotations


class WebhooksNotInOrder(Exception):  # noqa: N818 a condition
    """`fullhouse webhooks check` or `diagnose` says what is wrong."""


class ProcessorNotReadable(Exception):  # noqa: N818 a condition
    """Something could not be looked at: `fullhouse webhooks check` or `diagnose` names it."""
