"""What is done about passes at set times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.jobs import Job
from checkout.passes.service import PassService

_AT_ONCE: Final = 200


def jobs(database: Database, passes: PassService, *, notice: Callable[[], timedelta]) -> tuple[Job, ...]:
    """The jobs of this room. `notice`: how long before its end the owner of a pass hears of it."""

    async def tell() -> None:
        told = _AT_ONCE
        while told == _AT_ONCE:
            async with database.transaction() as tx:
                told = await passes.tell_ending(tx, within=notice(), limit=_AT_ONCE)

    return (
        Job(
            name="pass-notices",
            purpose="Reminds the owners of passes that end soon and have entries left, each once.",
            at_most=timedelta(minutes=10),
            work=tell,
        ),
    )
