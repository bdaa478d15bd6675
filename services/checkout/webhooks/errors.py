from __future__ import annotations

from uuid import UUID

from chassis.errors import Condition


class SignatureMissing(Condition):
    status = 400
    code = "signature_missing"
    title = "The signature is missing"
    meaning = "A webhook must come with the header Stripe-Signature."
    remedy = "Only Stripe sends here; check the endpoint's set-up in its dashboard."


class SignatureInvalid(Condition):
    status = 400
    code = "webhook_signature_invalid"
    title = "The signature is wrong"
    meaning = "The webhook was not signed with a secret of ours, was changed on the way, or is too old."
    remedy = "Compare STRIPE_WEBHOOK_SECRET with the endpoint's signing secret, and the server's clock."


class Waiting(Exception):  # noqa: N818 names what becomes of an event
    """It came before what it builds on: it waits, and counts as nothing (C-4)."""


class Refused(Exception):  # noqa: N818 names what becomes of an event
    """It never can be handled: failed, for a person to look at."""

    def __init__(self, reason: str, *, order_id: UUID | None = None) -> None:
        self.order_id = order_id
        super().__init__(reason)


class Ignored(Exception):  # noqa: N818 names what becomes of an event
    """It is none of our business; the reason is kept."""
