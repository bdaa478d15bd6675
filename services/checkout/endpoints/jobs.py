"""What is looked at by itself: how endpoints are set up each week, and whether all of it works each month (R-2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from chassis.jobs import Job
from checkout.endpoints.domain import Verdict
from checkout.endpoints.errors import ProcessorNotReadable, WebhooksNotInOrder
from checkout.endpoints.service import Examination

_AT_MOST: Final = timedelta(minutes=10)


def jobs(examination: Examination) -> tuple[Job, ...]:
    """The jobs of this room. One that finds something wrong fails, so that it is seen and raises `job_failed`."""
    return (
        Job(
            name="webhook-check",
            purpose="Looks how webhook endpoints are set up at the processor: fullhouse webhooks check.",
            at_most=_AT_MOST,
            work=_in_order(examination.check),
        ),
        Job(
            name="configuration-check",
            purpose="Looks how endpoints are set up, and whether webhooks come and are handled: fullhouse webhooks "
            "check, and diagnose.",
            at_most=_AT_MOST,
            work=_in_order(examination.check, examination.diagnose),
        ),
    )


def _in_order(*looks: Callable[[], Awaitable[Verdict]]) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        verdicts = [await look() for look in looks]
        if any(verdict.unread for verdict in verdicts):
            raise ProcessorNotReadable
        if not all(verdict.ok for verdict in verdicts):
            raise WebhooksNotInOrder

    return work
