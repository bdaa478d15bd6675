"""What is done about the machine's own records at set times."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from chassis.clock import Clock
from chassis.jobs import Job
from chassis.telemetry.files import remove_expired


def jobs(log_dir: Path | None, *, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room; `log_dir` is where all services of the machine keep their lines, if they do."""

    async def log_cleanup() -> None:
        if log_dir is not None:
            await asyncio.to_thread(remove_expired, log_dir, today=clock.now().date())

    return (
        Job(
            name="log-cleanup",
            purpose="Removes log files when their time is over: errors after 90 days, warnings 30, the rest 7.",
            at_most=timedelta(minutes=5),
            work=log_cleanup,
        ),
    )
