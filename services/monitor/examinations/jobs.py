"""What is examined at set times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.jobs import Job
from monitor.examinations import store
from monitor.examinations.domain import PaymentCheck

# What begins anew right now is there again by then.
_AGAIN: Final = timedelta(seconds=10)


def jobs(
    look: Callable[[], Awaitable[Sequence[PaymentCheck]]], database: Database, *, again: timedelta = _AGAIN
) -> tuple[Job, ...]:
    """The jobs of this room. `look` makes the checks; where one fails, all are made again so much later."""

    async def check_payments() -> None:
        checks = await look()
        if any(each.problem and not each.is_warning for each in checks):
            await asyncio.sleep(again.total_seconds())
            checks = await look()
        async with database.transaction() as tx:
            await store.keep(tx, checks)

    return (
        Job(
            name="provider-payments-check",
            purpose="Looks whether payments of providers can be routed: tables, a dry run, and routes.",
            at_most=timedelta(minutes=2),
            work=check_payments,
        ),
    )
