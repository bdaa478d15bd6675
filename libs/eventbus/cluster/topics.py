"""Creates and checks topics. The deployment creates them; their settings are never changed silently (E-9).

`create_topics` creates what is missing and leaves existing topics as they are. `check_topics` lists where the cluster
differs from the plans, for a person to decide. `require_topics` is each process's check at its start, because the
client library raises no error for a missing topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAlreadyExistsError, for_code

from chassis.cancelling import to_the_end
from eventbus.cluster.kafka import MAX_DEAD_LETTER_BYTES, MAX_REQUEST_BYTES, KafkaConnection, connected
from events import DLQ_SUFFIX, TOPIC_PLANS, TopicPlan

_COORDINATOR_TRIES = 50
_CREATE_TRIES = 10
_CREATE_PAUSE = 0.5
_DELETE_SECONDS = 30.0
_DELETE_PAUSE = 0.05


class MissingTopicsError(RuntimeError):
    """The cluster lacks topics that this process reads or writes."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = sorted(missing)
        super().__init__(f"Kafka has no topics {', '.join(self.missing)}; create them with `fullhouse topics create`.")


class TopicRefusedError(RuntimeError):
    """The cluster refused to create a topic, or to say how it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDifference:
    """A setting of a topic that isn't as planned.

    topic: the topic's name, without prefix
    setting: which setting
    planned: its value in the plan
    found: its value on the cluster, None where the topic is missing
    """

    topic: str
    setting: str
    planned: str
    found: str | None


async def create_topics(
    connection: KafkaConnection,
    *,
    partitions: int | None = None,
    replication: int | None = None,
    plans: Iterable[TopicPlan] = TOPIC_PLANS,
) -> list[str]:
    """Creates the topics of the plans that are missing, and returns their names. Safe to call again.

    `partitions` and `replication` override the plans. A deployment calls it right after the brokers' start, so
    transient errors are retried for a few seconds. Raises `TopicRefusedError` with the broker's message.
    """
    wanted = list(plans)
    for _ in range(_CREATE_TRIES - 1):
        try:
            return await _create(connection, partitions, replication, wanted)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(_CREATE_PAUSE)
    return await _create(connection, partitions, replication, wanted)


async def _create(
    connection: KafkaConnection, partitions: int | None, replication: int | None, plans: Sequence[TopicPlan]
) -> list[str]:
    async with _admin(connection) as admin:
        existing = set(await admin.list_topics())
        brokers = await _brokers(admin)
        wanted = [_new_topic(connection, plan, brokers, partitions, replication) for plan in plans]
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            _check(await admin.create_topics(missing))
        await _await_coordinator(admin)
        return [topic.name for topic in missing]


async def check_topics(
    connection: KafkaConnection, *, plans: Iterable[TopicPlan] = TOPIC_PLANS
) -> list[TopicDifference]:
    """Lists where the cluster differs from the plans; changes nothing."""
    planned = {connection.prefixed(plan.name): plan for plan in plans}
    async with _admin(connection) as admin:
        brokers = await _brokers(admin)
        found = await _described(admin, planned)
        settings = await _settings(admin, list(found))
    differences: list[TopicDifference] = []
    for name, plan in planned.items():
        wanted = {"partitions": str(plan.partitions), "replication": str(_copies(plan, brokers))}
        wanted |= _configs(plan, copies=_copies(plan, brokers))
        actual = {**found[name], **settings[name]} if name in found else None
        differences += _differences(name, wanted, actual)
    return differences


async def delete_topics(connection: KafkaConnection) -> None:
    """Deletes every topic of the connection's prefix, and returns when the broker knows none of them any more.

    Refuses a connection without a prefix; raises TimeoutError when one stays.
    """
    if not connection.prefix:
        raise ValueError("without a prefix this would delete every topic of the cluster")
    async with _admin(connection) as admin:
        await admin.delete_topics(await _known(admin, connection.prefix))
        async with asyncio.timeout(_DELETE_SECONDS):
            while await _known(admin, connection.prefix):  # noqa: ASYNC110 nobody is told
                await asyncio.sleep(_DELETE_PAUSE)


async def _known(admin: AIOKafkaAdminClient, prefix: str) -> list[str]:
    return [name for name in await admin.list_topics() if name.startswith(prefix)]


async def require_topics(connection: KafkaConnection, names: Iterable[str]) -> None:
    """Raises `MissingTopicsError` for missing topics: the client library would wait for them forever, silently."""
    async with _admin(connection) as admin:
        missing = {connection.prefixed(name) for name in names} - set(await admin.list_topics())
    if missing:
        raise MissingTopicsError(missing)


@asynccontextmanager
async def _admin(connection: KafkaConnection) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**connection.client_options())
    try:
        await connected(admin.start())
        yield admin
    finally:
        await to_the_end(admin.close())


async def _brokers(admin: AIOKafkaAdminClient) -> int:
    """The number of live brokers; raises while none has registered yet."""
    alive = len((await admin.describe_cluster())["brokers"])
    if not alive:
        raise KafkaConnectionError("no broker has been let into its cluster yet")
    return alive


def _copies(plan: TopicPlan, brokers: int) -> int:
    """The plan's replication; 1 on a cluster of one broker (embedded, or a rehearsal)."""
    return 1 if brokers == 1 else plan.replication


def _new_topic(
    connection: KafkaConnection, plan: TopicPlan, brokers: int, partitions: int | None, replication: int | None
) -> NewTopic:
    copies = replication or _copies(plan, brokers)
    return NewTopic(
        connection.prefixed(plan.name),
        partitions or plan.partitions,
        copies,
        topic_configs=_configs(plan, copies=copies),
    )


def _configs(plan: TopicPlan, *, copies: int) -> dict[str, str]:
    # Writing goes on with one replica missing; a single replica must always be in sync.
    in_sync = plan.min_insync_replicas if copies >= plan.replication else max(1, copies - 1)
    largest = MAX_DEAD_LETTER_BYTES if plan.name.endswith(DLQ_SUFFIX) else MAX_REQUEST_BYTES
    configs = {
        "max.message.bytes": str(largest),
        "min.insync.replicas": str(in_sync),
        "cleanup.policy": "compact" if plan.compacted else "delete",
    }
    if not plan.compacted:
        configs["retention.ms"] = str(int(plan.retention.total_seconds() * 1000))
    return configs


def _differences(topic: str, wanted: Mapping[str, str], actual: Mapping[str, str] | None) -> list[TopicDifference]:
    if actual is None:
        return [TopicDifference(topic=topic, setting="topic", planned="exists", found=None)]
    return [
        TopicDifference(topic=topic, setting=setting, planned=planned, found=actual.get(setting, ""))
        for setting, planned in wanted.items()
        if actual.get(setting) != planned
    ]


async def _described(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The partitions of the topics that exist, and the lowest number of replicas of any of them."""
    existing = set(await admin.list_topics())
    wanted = [name for name in names if name in existing]
    found: dict[str, dict[str, str]] = {}
    for topic in await admin.describe_topics(wanted) if wanted else ():
        _raise_for(topic["error_code"], topic["topic"])
        partitions: Sequence[Mapping[str, Any]] = topic["partitions"]
        copies = min((len(partition["replicas"]) for partition in partitions), default=0)
        found[topic["topic"]] = {"partitions": str(len(partitions)), "replication": str(copies)}
    return found


async def _settings(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources) if resources else ():
        for code, message, _, name, entries, *_ in answer.resources:
            _raise_for(code, name, message)
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _check(response: object) -> None:
    # create_topics answers with a code per topic instead of raising.
    for name, code, *rest in getattr(response, "topic_errors", ()):
        if code != TopicAlreadyExistsError.errno:
            _raise_for(code, name, *rest)


def _raise_for(code: int, topic: str, message: str | None = None) -> None:
    if code:
        said = f": {message}" if message else ""
        raise TopicRefusedError(f"Kafka refuses topic {topic} ({for_code(code).__name__}){said}")


async def _await_coordinator(admin: AIOKafkaAdminClient) -> None:
    """Makes the cluster create its offsets topic now, so that the first group joins without errors."""
    for _ in range(_COORDINATOR_TRIES):
        try:
            await admin.find_coordinator("fullhouse")
        except KafkaError:
            await asyncio.sleep(0.1)
        else:
            return
