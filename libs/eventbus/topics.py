from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from eventbus.kafka import MAX_REQUEST_BYTES, KafkaConnection
from events import TOPIC_PLANS, TopicPlan

_COORDINATOR_TRIES = 50


class MissingTopicsError(RuntimeError):
    """Topics that this process reads or writes are not on the cluster."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = sorted(missing)
        super().__init__(f"Kafka has no topics {', '.join(self.missing)}; create them with `fullhouse topics create`.")


class TopicRefusedError(RuntimeError):
    """The cluster refused to create a topic."""


async def create_topics(
    connection: KafkaConnection,
    *,
    partitions: int = 12,
    replication: int = 1,
    min_insync_replicas: int = 1,
    plans: Iterable[TopicPlan] = TOPIC_PLANS,
) -> list[str]:
    """Creates what is missing of E-3's topics (E-9) and returns the names created. Safe to call again."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        wanted = [_new_topic(connection, plan, partitions, replication, min_insync_replicas) for plan in plans]
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            _check(await admin.create_topics(missing))
        await _await_coordinator(admin)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def delete_topics(connection: KafkaConnection) -> None:
    """Deletes every topic of the connection's prefix; refuses to work without one."""
    if not connection.prefix:
        raise ValueError("without a prefix this would delete every topic of the cluster")
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(connection.prefix)])
    finally:
        await admin.close()


async def require_topics(connection: KafkaConnection, names: Iterable[str]) -> None:
    """A missing topic is no error to the client library: it would wait for ever in silence."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        missing = {connection.prefixed(name) for name in names} - set(await admin.list_topics())
    finally:
        await admin.close()
    if missing:
        raise MissingTopicsError(missing)


def _new_topic(
    connection: KafkaConnection, plan: TopicPlan, partitions: int, replication: int, min_insync_replicas: int
) -> NewTopic:
    configs = {
        "max.message.bytes": str(MAX_REQUEST_BYTES),
        "min.insync.replicas": str(min_insync_replicas),
        "cleanup.policy": "compact" if plan.compacted else "delete",
    }
    if not plan.compacted:
        configs["retention.ms"] = str(int(plan.retention.total_seconds() * 1000))
    return NewTopic(connection.prefixed(plan.name), partitions, replication, topic_configs=configs)


def _check(response: object) -> None:
    # create_topics answers with a code per topic instead of raising.
    for name, code, *rest in getattr(response, "topic_errors", ()):
        if code not in (0, TopicAlreadyExistsError.errno):
            raise TopicRefusedError(f"Kafka refused topic {name}: error {code} {rest[0] if rest else ''}".strip())


async def _await_coordinator(admin: AIOKafkaAdminClient) -> None:
    """Makes the cluster create its offsets topic now, so that the first joins are silent."""
    for _ in range(_COORDINATOR_TRIES):
        try:
            await admin.find_coordinator("fullhouse")
        except KafkaError:
            await asyncio.sleep(0.1)
        else:
            return
