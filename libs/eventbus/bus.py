"""Connects a service with Kafka: its outbox and relay, its consumers and views, and the jobs that keep them going.

Kafka may be unreachable at the start and later: the parts that need it run in the background and reconnect by
themselves. An `api` process publishes and has views. Worker processes also run effects, the relay and upkeep; with
several of them Kafka shares out the partitions, and the relay's lease elects one relay. `stop` finishes the relay's
window and each consumer's batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from aiokafka.errors import KafkaError

from chassis.background import Background, Periodic
from chassis.cancelling import to_the_end
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.outages import OutageLog
from chassis.process import give_up
from chassis.telemetry import get_logger
from eventbus.cluster.kafka import KafkaConnection, cluster_id
from eventbus.cluster.security import refusal
from eventbus.cluster.topics import require_topics
from eventbus.failures import dead_letters
from eventbus.incoming import inbox
from eventbus.incoming.consumer import EffectConsumer
from eventbus.incoming.processing import EffectProcessor
from eventbus.incoming.streams import StreamReader
from eventbus.incoming.subscriptions import Effect, View
from eventbus.incoming.viewer import ViewReader
from eventbus.operation import upkeep
from eventbus.operation.health import GroupHealth, group_health
from eventbus.operation.upkeep import Leftovers
from eventbus.operation.watchdog import STUCK_AFTER, Watchdog
from eventbus.outgoing import outbox_store
from eventbus.outgoing.facts import Facts
from eventbus.outgoing.losses import Losses
from eventbus.outgoing.outbox import Outbox
from eventbus.outgoing.outbox_store import OutboxBacklog
from eventbus.outgoing.producer import RecordProducer
from eventbus.outgoing.relay import Relay
from eventbus.outgoing.wakeup import RemoteWakeUp, WakeUp

log = get_logger()

DEFERRED_LOOK = timedelta(milliseconds=250)
# While none waits only one of so many looks is taken: those of other processes are found then, our own we know of.
QUIET_LOOKS = 4
RELAY_GRACE = timedelta(seconds=2)
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BusSettings:
    """What a bus needs to know about its process.

    service: the service's name, the source of its events
    connection: how Kafka is reached
    database_url: the service's own database, for the relay's lease
    slot: the process's number among its kind, for static membership; two live processes with one slot would take each
        other's place in the group. None: dynamic membership
    stuck_after: how long a consumer may make no progress while records wait, before the watchdog ends the process
    """

    service: str
    connection: KafkaConnection
    database_url: str
    slot: str | None = None
    stuck_after: timedelta = STUCK_AFTER


class Bus:
    """Connects one process of a service with Kafka: outbox and relay, effects, views, facts.

    With `worker=False` (role `api`) it publishes and has views; effects and the relay run in the workers. Kafka may be
    unreachable at the start and later; the bus reconnects by itself.
    """

    def __init__(
        self,
        settings: BusSettings,
        *,
        database: Database,
        clock: Clock,
        rng: Random | None = None,
        worker: bool = True,
        give_up: Callable[[], None] = give_up,
    ) -> None:
        self._settings = settings
        self.database = database
        self._clock = clock
        self._rng = rng or Random()
        self._worker = worker
        self._give_up = give_up
        self._background = Background(clock=clock)
        self._wake = WakeUp() if worker else RemoteWakeUp(database)
        self.outbox = Outbox(source=settings.service, clock=clock, wake=self._wake.set)
        self.facts = Facts(source=settings.service, producer=self._producer("facts"), clock=clock)
        self.connection = settings.connection
        self._processors: list[EffectProcessor] = []
        self._consumers: dict[str, EffectConsumer] = {}
        self._views: list[ViewReader] = []
        self._relay: Relay | None = None
        self._looks = -1

    def subscribe(self, subscriptions: Iterable[Effect | View]) -> None:
        """Registers the service's subscriptions; call it before `start`."""
        for subscription in subscriptions:
            if isinstance(subscription, View):
                self._views.append(ViewReader(subscription, connection=self.connection, rng=self._rng))
            elif self._worker:
                self._processors.append(
                    EffectProcessor(
                        subscription, database=self.database, outbox=self.outbox, clock=self._clock, rng=self._rng
                    )
                )

    async def start(self) -> None:
        """Starts the background tasks and returns at once; they connect by themselves."""
        self._background.run("facts", self.facts.run)
        if self._processors or self._views:
            self._background.run("streams", self._read)
        if isinstance(self._wake, WakeUp):
            self._start_worker(self._wake)
        await self._background.start()

    def _start_worker(self, wake: WakeUp) -> None:
        losses = Losses(database=self.database, outbox=self.outbox, connection=self.connection)
        self._relay = Relay(
            database_url=self._settings.database_url, producer=self._producer("relay"), losses=losses, wake=wake
        )
        self._background.run("relay", self._keep_relaying, grace=RELAY_GRACE)
        self._background.every(Periodic("deferred events", DEFERRED_LOOK, self._try_deferred))
        self._background.every(Periodic("stopped subscriptions", timedelta(seconds=2), self._heed_stop_rows))
        self._background.every(Periodic("day partitions", upkeep.INTERVAL, self._keep_partitions))
        watchdog = Watchdog(
            self._consumers.values,
            connection=self.connection,
            give_up=self._give_up,
            patience=self._settings.stuck_after,
        )
        self._background.every(Periodic("watchdog", watchdog.interval, watchdog.look))

    async def stop(self) -> None:
        """Stops the bus after the relay's window and the consumers' batches under way."""
        if self._relay is not None:
            self._relay.finish()
        await self._background.stop()

    async def caught_up(self, timeout_seconds: float) -> bool:
        """Whether every view has read what was on the log when it started; waits up to `timeout_seconds` for it."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await asyncio.gather(*(view.caught_up.wait() for view in self._views))
        except TimeoutError:
            return False
        return True

    async def backlog(self) -> OutboxBacklog:
        """How many outbox rows wait, and the age of the oldest."""
        return await outbox_store.backlog(self.database)

    async def dead_letters(self) -> dict[str, int]:
        """The number of dead letters that wait for a person, by group."""
        return await dead_letters.waiting(self.database)

    async def leftovers(self) -> Leftovers:
        """What else waits in the bus's tables: refused, unsorted and deferred rows."""
        return await upkeep.leftovers(self.database)

    def groups(self) -> list[GroupHealth]:
        """The health of each group that this process consumes."""
        groups = (processor.effect.group for processor in self._processors)
        return [group_health(group, self._consumers.get(group)) for group in groups]

    async def _keep_relaying(self) -> None:
        """Runs the relay; after an outage it waits a moment and asks for the lease again."""
        outages = OutageLog(lambda reason: log.warning("relay_unavailable", reason=reason))
        while self._relay is not None and not self._relay.finishing:
            try:
                await self._relay.run()
            except (Unavailable, KafkaError) as outage:
                outages.tell(await refusal(self.connection) or str(outage))
                await asyncio.sleep(0.25 + 0.5 * self._rng.random())

    async def _read(self) -> None:
        outages = OutageLog(lambda reason: log.warning("streams_unavailable", reason=reason))
        while True:
            try:
                await self._read_once()
            except (KafkaError, OSError, Unavailable) as outage:
                outages.tell(await refusal(self.connection) or type(outage).__name__)
                await asyncio.sleep(0.5 + 0.5 * self._rng.random())

    async def _read_once(self) -> None:
        await require_topics(self.connection, self._topics())
        cluster = await cluster_id(self.connection)
        reader = StreamReader(self.connection, client_id=self._client_id("reader"), slot=self._settings.slot)
        for processor in self._processors:
            consumer = EffectConsumer(
                processor, connection=self.connection, database=self.database, cluster_id=cluster, rng=self._rng
            )
            self._consumers[consumer.group] = consumer
            reader.add_effect(consumer)
        for view in self._views:
            view.begin()
            reader.add_view(view)
        try:
            await reader.run()
        finally:
            for view in self._views:
                view.end()
            await to_the_end(_leave(reader))

    def _topics(self) -> Sequence[str]:
        topics = {topic.value for processor in self._processors for topic in processor.effect.topics}
        return sorted(topics | {topic.value for view in self._views for topic in view.view.topics})

    async def _try_deferred(self) -> None:
        """Processes deferred events that are due; one query for all groups, since there is hardly ever any."""
        by_group = {processor.effect.group: processor for processor in self._processors}
        self._looks += 1
        if not by_group or (self._looks % QUIET_LOOKS and not any(each.defers for each in by_group.values())):
            return
        for processor in by_group.values():
            processor.defers = False  # what it defers from here on may come too late for the query
        found = await inbox.groups_with_deferred(self.database, list(by_group))
        for group in found:
            by_group[group].defers = True
        await asyncio.gather(*(self._try_deferred_of(by_group[group]) for group, due in found.items() if due))

    async def _try_deferred_of(self, processor: EffectProcessor) -> None:
        """Processes one group's deferred events; an outage of one group holds up none of the others (E-7)."""
        try:
            await processor.process_deferred()
        except Unavailable as outage:
            seconds = DEFERRED_LOOK.total_seconds()
            log.warning("batch_unavailable", group=processor.effect.group, reason=str(outage), seconds=seconds)

    async def _heed_stop_rows(self) -> None:
        for consumer in list(self._consumers.values()):
            await consumer.heed_stop_row()

    async def _keep_partitions(self) -> None:
        await upkeep.keep_partitions(self.database)

    def _producer(self, name: str) -> RecordProducer:
        return RecordProducer(self._settings.connection, client_id=self._client_id(name))

    def _client_id(self, name: str) -> str:
        return f"{self._settings.service}-{name}"


async def _leave(reader: StreamReader) -> None:
    """Lets batches under way end, and leaves the groups; a broker that is gone hears no goodbye."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await reader.stop()
