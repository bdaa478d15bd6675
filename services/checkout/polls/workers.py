"""Reads processors' lists on while the service runs: few calls a minute, and a lost webhook costs no one a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.due_rows import DueRows
from chassis.telemetry import get_logger
from checkout.payments.processors.port import ProcessorFailure
from checkout.polls import store
from checkout.polls.domain import Poll, Subject
from checkout.polls.reading import Reading

log = get_logger()

# What one look reads at most: longer lists go on after a breath, so that buyers' own calls are not kept waiting.
PAGES: Final = 10
# Longer than that many pages take.
_LEASE: Final = timedelta(minutes=3)
_BREATHS: Final = 6


class Polls:
    """`due` is kept by the service's background. `pace`: how long a list rests when it has been read to its end."""

    def __init__(self, readings: Sequence[Reading], *, database: Database, pace: timedelta) -> None:
        self._readings = {each.subject: each for each in readings}
        self._database = database
        self._pace = pace
        self.due = DueRows("polls", claim=self._claim, work=self._look, at_once=len(Subject), poll=pace / _BREATHS)

    async def _claim(self, room: int) -> Sequence[Poll]:
        return await store.claim(self._database, limit=room, lease=_LEASE)

    async def _look(self, poll: Poll) -> None:
        reading = self._readings[poll.subject]
        try:
            read = await self._read(poll, reading)
        except ProcessorFailure as failure:
            log.warning("poll_failed", vendor=poll.processor, reason=str(failure))
            await store.restart(self._database, poll, again_in=self._pace)
        else:
            await self._rest(read, reading)

    async def _rest(self, read: Poll, reading: Reading) -> None:
        if read.stretch is not None:
            await store.keep(self._database, read, again_in=self._pace / _BREATHS)
        elif await reading.over(read):
            await store.end(self._database, read)
        else:
            await store.keep(self._database, read, again_in=self._pace)

    async def _read(self, poll: Poll, reading: Reading) -> Poll:
        """Up to `PAGES` further."""
        poll = poll if poll.stretch else await reading.begin(poll)
        for _ in range(PAGES):
            if poll.stretch is None:
                break
            poll = poll.read(await reading.page(poll, poll.stretch))
        return poll
