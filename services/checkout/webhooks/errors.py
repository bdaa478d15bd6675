"""What refuses a webhook at the door, and what handlers raise about one that was stored."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from chassis.errors import Condition, Dead, Retry


class SignatureMissing(Condition):
    status = 400
    code = "signature_missing"
    title = "The signature is missing"
    meaning = "A webhook must come with its processor's signature."
    remedy = "Only payment processors send here; check the endpoint's set-up in the processor's dashboard."


class SignatureInvalid(Condition):
    status = 400
    code = "webhook_signature_invalid"
    title = "The signature is wrong"
    meaning = "The webhook was not signed with a secret of ours, was changed on the way, or is too old."
    remedy = "Compare STRIPE_WEBHOOK_SECRET with the endpoint's signing secret, and the server's clock."


class Early(Retry):
    """It came before what it builds on: it waits, which counts as no failure (C-4)."""

    code: ClassVar[str]


class Refusal(Dead):
    """It never can be handled: failed, for a person to look at. `code` says why, in the list and on the staff page."""

    code: ClassVar[str]

    def __init__(self, reason: str, *, order_id: UUID | None = None) -> None:
        self.order_id = order_id
        super().__init__(reason)


class WaitedTooLong(Refusal):
    """What it builds on did not come."""

    code = "waited_too_long"
