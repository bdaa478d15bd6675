"""What is done about payments at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.jobs import Job
from checkout.polls.pending import PendingPayments


def jobs(pending: PendingPayments) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def payment_check() -> None:
        await pending.settle_all()

    return (
        Job(
            name="payment-check",
            purpose="Asks the processor about each payment that is open or on its way, and settles what is decided.",
            at_most=timedelta(minutes=30),
            work=payment_check,
        ),
    )
