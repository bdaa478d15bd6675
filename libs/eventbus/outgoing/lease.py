"""Who may send: one relay of a database at a time (E-4, L-9).

The right to send is an advisory lock, and so is as alive as the session that holds it. A relay that dies closes its
session. One that hangs (stopped, starved, cut off) says nothing in it, and PostgreSQL ends a session that is idle for
`HUNG_AFTER`; one whose answers nobody takes from the wire ends by `tcp_user_timeout`. Stand-bys ask each
`STAND_BY_SECONDS`, so that the next one sends within 2 s, whichever it was. (They ask and don't wait inside the
database: a waiting statement would keep the outbox, which is all turnover, from being vacuumed.)

A relay that wakes from a hang must not go on with what it read before: `confirm` is asked before each record, and
costs a statement only when the lease may have run out meanwhile. What it had already handed to its Kafka client may
still go out, beside its successor. Nothing is turned round by that: whoever sends a row has sent, or seen sent, all
earlier rows of its key; so the first copy of each event is in order, and the later copies are dropped by id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from chassis.database import Row, Session, open_session

T = TypeVar("T")

HUNG_AFTER: Final = 1.5  # seconds
# None of its statements takes so long: without an answer its holder asks for the lock in a session of a new connection.
SILENCE_SECONDS: Final = 5.0
STAND_BY_SECONDS: Final = 0.25
KEEP_ALIVE_SECONDS: Final = 0.4

_LOCK = "SELECT pg_try_advisory_lock(hashtext('fullhouse outbox relay'))"


class Lease:
    """The session that holds the lock; one statement at a time. A `Reader` for stores. Errors are `Unavailable`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._alone = asyncio.Lock()
        self._sure_until = 0.0

    @classmethod
    async def open(cls, database_url: str) -> Lease:
        """A session without the lock yet; the caller closes it."""
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
        """Asks for the lock once."""
        return bool(await self.fetchval(_LOCK))

    async def confirm(self) -> None:
        """Raises `Unavailable` when the session has ended, and the lock with it."""
        if time.monotonic() > self._sure_until:
            await self.keep()

    async def keep(self) -> None:
        """Says something in the session."""
        await self.fetchval("SELECT 1")

    async def kept_while(self, work: Coroutine[Any, Any, T]) -> T:
        """Does the work, however long it takes, without looking hung meanwhile. Ends it when the lease does."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait([task], timeout=KEEP_ALIVE_SECONDS))[0]:
                await self.keep()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
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
        async with self._alone:
            await self._session.listen(channel, callback)

    async def close(self) -> None:
        await self._session.close()

    def _renew(self, asked: float) -> None:
        # The session wasn't idle before it was asked: whatever happened to this process since, so long it has the lock.
        self._sure_until = asked + HUNG_AFTER
