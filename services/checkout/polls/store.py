"""All SQL on how far processors' lists have been read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from chassis.database import Database, Reader
from chassis.due_rows import claim_sql
from checkout.polls.domain import Poll, Subject

# One process at a time reads a list; one that dies leaves it to the next.
_CLAIM: Final = claim_sql("processor_polls", "processor, subject", "processor, subject, since, until, after, read_once")


async def claim(reader: Reader, *, limit: int, lease: timedelta) -> list[Poll]:
    """Lists that are due, each for one lease."""
    rows = await reader.fetch(_CLAIM, limit, lease)
    return [Poll(**{**row, "subject": Subject(row["subject"])}) for row in rows]


async def keep(database: Database, poll: Poll, *, again_in: timedelta) -> None:
    """Keeps how far a list has been read, and when it is read on."""
    await database.execute(
        "UPDATE processor_polls SET since = $3, until = $4, after = $5, read_once = $6, due_at = app_now() + $7"
        " WHERE processor = $1 AND subject = $2",
        poll.processor,
        poll.subject.value,
        poll.since,
        poll.until,
        poll.after,
        poll.read_once,
        again_in,
    )


async def end(database: Database, poll: Poll) -> None:
    """The list is read no more."""
    await database.execute(
        "DELETE FROM processor_polls WHERE processor = $1 AND subject = $2", poll.processor, poll.subject.value
    )


async def restart(database: Database, poll: Poll, *, again_in: timedelta) -> None:
    """A list that could not be read is read again from the newest end of its stretch: its place may be gone."""
    await keep(database, replace(poll, until=None, after=None), again_in=again_in)
