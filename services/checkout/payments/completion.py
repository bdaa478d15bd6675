"""What a complete session comes to, whoever tells of it: a webhook, or somebody who has looked at the processor."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.database import Transaction
from checkout.orders.domain import Cause
from checkout.payments.adoption import Adoption
from checkout.payments.domain import Attempt, Session, is_ours
from checkout.payments.errors import OrderUnknown
from checkout.payments.service import PaymentService


class Completion:
    """Brings a session's order to where its money is, and makes the order where a paid one has none."""

    def __init__(self, *, payments: PaymentService, adoption: Adoption) -> None:
        self._payments = payments
        self._adoption = adoption

    async def complete(
        self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None, happened_at: datetime
    ) -> UUID | None:
        """The session's order; None when it has none and none can be made of it. Raises SessionUnknown, AmountMismatch.

        `happened_at`: when it was complete, as exactly as the processor has told.
        """
        complete = partial(
            self._payments.session_completed, tx, session, cause, attempt=attempt, happened_at=happened_at
        )
        try:
            return await complete()
        except OrderUnknown:
            if not (session.paid and is_ours(session.metadata)):
                return None
            # An earlier system's sale, or one that a restored database has lost.
            await self._adoption.adopt(tx, session)
            return await complete()
