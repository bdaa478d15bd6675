"""What handlers raise about a webhook that was stored, and what a person is told who can't close one."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from chassis.errors import Condition, Dead, Retry


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


class WebhookFinished(Condition):
    status = 409
    code = "webhook_finished"
    title = "The webhook is finished already"
    meaning = "It was handled, ignored or closed: nothing is left to be closed."
    remedy = "Look at its state."
