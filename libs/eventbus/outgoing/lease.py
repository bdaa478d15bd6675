"""The relay's lease: one relay of a database sends at a time (E-4, L-9).

The lease is a session-level advisory lock, so it lives as long as the session. A relay that dies closes its session.
One that hangs (stopped, starved, cut off) runs no statement, and PostgreSQL ends a session that is idle for
`HUNG_AFTER`; one that doesn't read its responses ends by `tcp_user_timeout`. Stand-bys try every `STAND_BY_SECONDS`, so
the next relay sends within 2 s in each case. (They try and don't wait inside the database: a waiting statement would
keep the outbox from being vacuumed, and all its rows are short-lived.)

A relay that wakes from a hang must not continue with what it read before: it calls `confirm` before each record, which
costs a statement only when the lease may have expired. What it had handed to its Kafka client before may still go
out beside its successor's records. Order survives that: whoever sends a row has sent, or seen sent, all earlier
rows of its key; so the first copy of each event is in order, and consumers drop the later copies by id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from chassis.cancelling import cancel
from chassis.database import Row, Session, open_session

T = TypeVar("T")

HUNG_AFTER: Final = 1.5  # seconds
# No statement of the relay takes so long: after it the relay gives the session up and tries a new one.
SILENCE_SECONDS: Final = 5.0
STAND_BY_SECONDS: Final = 0.25
KEEP_ALIVE_SECONDS: Final = 0.4

_LOCK = "SELECT pg_try_advisory_lock(hashtext('fullhouse outbox relay'))"


class Lease:
    """The session that may hold the relay's lock; a `Reader` for stores. Its errors are `Unavailable`.

    It runs one statement at a time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._alone = asyncio.Lock()
        self._sure_until = 0.0

    @classmethod
    async def open(cls, database_url: str) -> Lease:
        """Opens a session, without the lock yet; the caller closes it."""
        limit = str(int(HUNG_AFTER * 1000))
        session = await open_session(
            database_url,
            application="fullhouse relay",
            silence_seconds=SILENCE_SECONDS,
            idle_session_timeout=limit,
            tcp_user_timeout=limit,
        )
        return cls(session)

    async def acquired(self) -> bool:
        """Tries once to get the lock; whether it did."""
        return bool(await self.fetchval(_LOCK))

    async def confirm(self) -> None:
        """Raises `Unavailable` when the session, and the lock with it, has ended."""
        if time.monotonic() > self._sure_until:
            await self.keep()

    async def keep(self) -> None:
        """Runs a statement, so that the session doesn't count as hung."""
        await self.fetchval("SELECT 1")

    async def kept_while(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits the work while it keeps the session alive; cancels the work when the lease ends."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([task], timeout=KEEP_ALIVE_SECONDS))[0]:
                await self.keep()
        finally:
            await cancel(task)
        return task.result()

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        async with self._alone:
            asked = time.monotonic()
            rows = await self._session.fetch(sql, *args)
            self._renew(asked)
            return rows

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        async with self._alone:
            asked = time.monotonic()
            row = await self._session.fetchrow(sql, *args)
            self._renew(asked)
            return row

    async def fetchval(self, sql: str, *args: object) -> Any:
        async with self._alone:
            asked = time.monotonic()
            value = await self._session.fetchval(sql, *args)
            self._renew(asked)
            return value

    async def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """Calls `callback` for each NOTIFY on the channel."""
        async with self._alone:
            await self._session.listen(channel, callback)

    async def close(self) -> None:
        """Closes the session, which releases the lock."""
        await self._session.close()

    def _renew(self, asked: float) -> None:
        # The session's idle time starts after the statement was sent: the lock is safe until `asked` + the idle limit,
        # whatever happened to this process since.
        self._sure_until = asked + HUNG_AFTER
