from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from chassis.crashpoints import crashpoint
from chassis.database import Session, open_session
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus import outbox_store
from eventbus.outbox_store import OutboxRow
from eventbus.producer import RecordProducer, acknowledged
from eventbus.wakeup import CHANNEL, WakeUp

log = get_logger()

WINDOW = 500
POLL_SECONDS = 0.5
STAND_BY_SECONDS = 1.0
SHORTEST_GAP = 0.005
LONGEST_GAP = 0.040
BUSY_WINDOW = 16
KEEP_ALIVE_SECONDS = 2.0
# The session of a relay that hangs is closed by PostgreSQL after this time, and its lock with it.
HUNG_AFTER_MS = 10_000

_LOCK = "SELECT pg_try_advisory_lock(hashtext('fullhouse outbox relay'))"


class RelayLost(Unavailable):
    """The relay's session is gone, and with it the right to send: begin again by asking for the lock."""


@dataclass(slots=True)
class RelayState:
    """For health and tests."""

    active: bool = False
    sent: int = 0
    refused: int = 0


class Relay:
    """Moves the outbox to Kafka: the one active relay of its database (E-4).

    Window: select the oldest rows, send all, await all acknowledgements, move exactly those rows to the archive. Killed
    between acknowledgement and move, the next one sends the window again and consumers drop the copies by id. A
    stand-by takes over within 2 s of the active one's death.
    """

    def __init__(self, *, database_url: str, producer: RecordProducer, wake: WakeUp) -> None:
        self._database_url = database_url
        self._producer = producer
        self._wake = wake
        self.state = RelayState()

    async def run(self) -> None:
        """Runs until cancelled. An outage ends it with `Unavailable`; whoever runs it starts it again."""
        session = await open_session(
            self._database_url, application="fullhouse relay", idle_session_timeout=str(HUNG_AFTER_MS)
        )
        try:
            await self._await_lock(session)
            await session.listen(CHANNEL, self._wake.set)
            self.state.active = True
            await self._relay(session)
        finally:
            self.state.active = False
            await self._producer.discard()
            await session.close()

    async def _await_lock(self, session: Session) -> None:
        while not await session.fetchval(_LOCK):  # noqa: ASYNC110 - a lock of the database signals nothing
            await asyncio.sleep(STAND_BY_SECONDS)

    async def _relay(self, session: Session) -> None:
        gap = SHORTEST_GAP
        while True:
            self._wake.clear()
            rows = await outbox_store.select_window(session, limit=WINDOW)
            if rows:
                await self._send_window(session, rows)
            gap = next_gap(gap, len(rows))
            if len(rows) == WINDOW:
                continue
            await asyncio.sleep(gap)
            if not rows:
                await self._wake.wait(POLL_SECONDS)

    async def _send_window(self, session: Session, rows: Sequence[OutboxRow]) -> None:
        try:
            failed = await self._send(session, rows)
        except (KafkaError, OSError) as error:
            await self._producer.discard()
            raise Unavailable(f"kafka: {type(error).__name__}") from error
        crashpoint("relay.after_ack")
        await outbox_store.move_sent(session, [row.id for row in rows if row.id not in failed])
        crashpoint("relay.after_move")
        self.state.sent += len(rows) - len(failed)
        if failed:
            await self._producer.discard()
            await self._send_singly(session, [row for row in rows if row.id in failed])

    async def _send(self, session: Session, rows: Sequence[OutboxRow]) -> dict[int, BaseException]:
        """Sends and awaits all; says which failed."""
        futures = [
            await self._producer.send(row.topic, key=row.key, value=row.value, headers=row.headers) for row in rows
        ]
        waiting = asyncio.ensure_future(acknowledged(futures))
        while not waiting.done():
            # Without a broker this waits as long as it takes; the session must not look hung meanwhile.
            await asyncio.wait([waiting], timeout=KEEP_ALIVE_SECONDS)
            if not waiting.done():
                await session.fetchval("SELECT 1")
        errors = waiting.result()
        return {row.id: error for row, error in zip(rows, errors, strict=True) if error is not None}

    async def _send_singly(self, session: Session, rows: Sequence[OutboxRow]) -> None:
        """After a failed window: row by row with a new producer each, so that only the row at fault is set aside."""
        aside: set[tuple[str, bytes]] = set()
        for row in rows:
            if (row.topic, row.key) in aside:
                continue
            failed = await self._send(session, [row])
            error = failed.get(row.id)
            if error is None:
                await outbox_store.move_sent(session, [row.id])
                self.state.sent += 1
                continue
            await self._producer.discard()
            if _passes(error):
                raise Unavailable(f"kafka: {type(error).__name__}") from error
            aside.add((row.topic, row.key))
            count = await outbox_store.set_aside(session, row.id, error=f"{type(error).__name__}: {error}")
            self.state.refused += count
            log.error("outbox_row_set_aside", topic=row.topic, rows=count, reason=type(error).__name__)


def next_gap(gap: float, rows: int) -> float:
    """Seconds from one select to the next: small windows cost CPU, so under load they come less often (design §10)."""
    if rows >= BUSY_WINDOW:
        return min(gap * 2, LONGEST_GAP)
    return max(gap / 2, SHORTEST_GAP)


def _passes(error: BaseException) -> bool:
    return isinstance(error, OSError) or (isinstance(error, KafkaError) and bool(error.retriable))
