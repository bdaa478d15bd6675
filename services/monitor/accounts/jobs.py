"""What is done about accounts at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.database import Database
from chassis.jobs import Job
from monitor.accounts.service import SignInService


def jobs(sign_in: SignInService, database: Database) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget_sessions() -> None:
        async with database.transaction() as tx:
            await sign_in.clean(tx)

    return (
        Job(
            name="forget-sessions",
            purpose="Forgets sessions and wrong passwords that can no longer matter.",
            at_most=timedelta(minutes=1),
            work=forget_sessions,
        ),
    )
