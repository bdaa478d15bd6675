"""Sends the outbox to Kafka, in order and without gaps (E-4, L-5).

A window is the oldest rows, whichever transaction wrote them: the relay sends all, awaits all acknowledgements, and
moves exactly those rows to the archive. It remembers no last id: ids commit out of order, and a watermark would
skip some. When a relay dies between acknowledgement and move, the next one sends the window again; consumers drop
the copies by id. eventbus.outgoing.lease decides which relay sends.

A row that Kafka refuses for good is set aside with the later rows of its key, so that the others go on and an alert is
raised. While no broker answers, the relay waits and keeps its lease; a client without an answer for
`ACK_PATIENCE_SECONDS` is replaced, in case the fault is the client's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka.errors import KafkaError

from chassis.crashpoints import crashpoint
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus.incoming.offsets import Partition
from eventbus.operation import figures
from eventbus.outgoing import outbox_store
from eventbus.outgoing.lease import STAND_BY_SECONDS, Lease
from eventbus.outgoing.losses import Losses
from eventbus.outgoing.outbox_store import OutboxRow
from eventbus.outgoing.producer import Acknowledgement, RecordProducer, acknowledged
from eventbus.outgoing.wakeup import CHANNEL, WakeUp

log = get_logger()

WINDOW = 500
POLL_SECONDS = 0.4
SHORTEST_GAP = 0.005
LONGEST_GAP = 0.040
BUSY_WINDOW = 16
ACK_PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class RelayState:
    """What the relay has done, for health and tests.

    active: whether it holds the lease
    sent: rows that Kafka acknowledged
    refused: rows that were set aside
    """

    active: bool = False
    sent: int = 0
    refused: int = 0


@dataclass(slots=True)
class Outcome:
    """What became of a window.

    sent: ids of the acknowledged rows
    failed: the error of each other row, by id
    marks: the next offset of each partition, by the acknowledgements
    """

    sent: list[int] = field(default_factory=list)
    failed: dict[int, BaseException] = field(default_factory=dict)
    marks: dict[Partition, int] = field(default_factory=dict)

    def note(self, row: OutboxRow, result: Acknowledgement | BaseException) -> None:
        """Adds a row's acknowledgement or error."""
        if isinstance(result, BaseException):
            self.failed[row.id] = result
            return
        self.sent.append(row.id)
        place = Partition(row.topic, result.partition)
        self.marks[place] = max(result.offset + 1, self.marks.get(place, 0))


class Relay:
    """Moves the outbox to Kafka while it holds the lease of its database, and waits for the lease otherwise."""

    def __init__(self, *, database_url: str, producer: RecordProducer, losses: Losses, wake: WakeUp) -> None:
        self._database_url = database_url
        self._losses = losses
        self._producer = producer
        self._wake = wake
        self._finishing = asyncio.Event()
        self.state = RelayState()

    @property
    def finishing(self) -> bool:
        """Whether `finish` was called."""
        return self._finishing.is_set()

    def finish(self) -> None:
        """Ends `run` after the window under way; a stand-by takes over at once."""
        self._finishing.set()
        self._wake.set()

    async def run(self) -> None:
        """Runs until `finish`. Raises `Unavailable` for an outage; the caller runs it again."""
        lease = await Lease.open(self._database_url)
        try:
            await self._await_lock(lease)
            if not self.finishing:
                await lease.listen(CHANNEL, self._wake.set)
                self._acts(True)
                log.info("relay_became_active")
                await lease.kept_while(self._losses.look())
                await self._relay(lease)
        finally:
            self._acts(False)
            await lease.close()
            await self._producer.discard()

    async def _await_lock(self, lease: Lease) -> None:
        while not self.finishing and not await lease.acquired():
            try:
                async with asyncio.timeout(STAND_BY_SECONDS):
                    await self._finishing.wait()
            except TimeoutError:
                continue

    async def _relay(self, lease: Lease) -> None:
        gap = SHORTEST_GAP
        now = asyncio.get_running_loop().time
        while not self.finishing:
            began = now()
            self._wake.clear()
            rows = await outbox_store.select_window(lease, limit=WINDOW)
            if rows:
                await self._send_window(lease, rows)
            gap = next_gap(gap, len(rows))
            if len(rows) == WINDOW:
                continue
            await asyncio.sleep(began + gap - now())
            if not rows and not self.finishing:
                await self._wake.wait(POLL_SECONDS)

    async def _send_window(self, lease: Lease, rows: Sequence[OutboxRow]) -> None:
        try:
            outcome = await self._send(lease, rows)
        except (KafkaError, OSError) as error:
            await self._producer.discard()
            raise Unavailable(f"kafka: {type(error).__name__}") from error
        crashpoint("relay.after_ack")
        await outbox_store.move_sent(lease, outcome.sent, outcome.marks)
        crashpoint("relay.after_move")
        self._told(sent=len(outcome.sent))
        if outcome.failed:
            await self._producer.discard()
            # A log that has lost records refuses the records that follow them.
            await lease.kept_while(self._losses.look())
            await self._send_singly(lease, [row for row in rows if row.id in outcome.failed])

    async def _send(self, lease: Lease, rows: Sequence[OutboxRow]) -> Outcome:
        """Sends the rows and awaits all acknowledgements."""
        async with asyncio.timeout(ACK_PATIENCE_SECONDS):
            results = await lease.kept_while(self._hand_over(lease, rows))
        outcome = Outcome()
        for row, result in zip(rows, results, strict=True):
            outcome.note(row, result)
        return outcome

    async def _hand_over(self, lease: Lease, rows: Sequence[OutboxRow]) -> list[Acknowledgement | BaseException]:
        futures = []
        for row in rows:
            await lease.confirm()
            futures.append(await self._producer.send(row.topic, key=row.key, value=row.value, headers=row.headers))
        return await acknowledged(futures)

    async def _send_singly(self, lease: Lease, rows: Sequence[OutboxRow]) -> None:
        """Sends a failed window row by row, each with a new producer, so that only the row at fault is set aside."""
        aside: set[tuple[str, bytes]] = set()
        for row in rows:
            if (row.topic, row.key) in aside:
                continue
            outcome = await self._send(lease, [row])
            error = outcome.failed.get(row.id)
            if error is None:
                await outbox_store.move_sent(lease, outcome.sent, outcome.marks)
                self._told(sent=1)
                continue
            await self._producer.discard()
            if _passes(error):
                raise Unavailable(f"kafka: {type(error).__name__}") from error
            aside.add((row.topic, row.key))
            count = await outbox_store.set_aside(lease, row.id, error=f"{type(error).__name__}: {error}")
            self._told(refused=count)
            log.error("outbox_row_set_aside", topic=row.topic, rows=count, reason=type(error).__name__)

    def _acts(self, active: bool) -> None:
        self.state.active = active
        figures.relay_active(active)

    def _told(self, *, sent: int = 0, refused: int = 0) -> None:
        self.state.sent += sent
        self.state.refused += refused
        figures.relayed(sent=sent, refused=refused)


def next_gap(gap: float, rows: int) -> float:
    """Seconds from one select to the next: small windows cost CPU, so under load they come less often."""
    if rows >= BUSY_WINDOW:
        return min(gap * 2, LONGEST_GAP)
    return max(gap / 2, SHORTEST_GAP)


def _passes(error: BaseException) -> bool:
    return isinstance(error, OSError) or (isinstance(error, KafkaError) and bool(error.retriable))
