"""The event bus: outbox, relay, inbox and subscriptions on Kafka and PostgreSQL.

Nothing else imports aiokafka or faststream. The bus guarantees (E-4, E-5, E-6): an event is on Kafka if and only if its
transaction committed, in order per key; each event has its effect exactly once per group, whatever is killed, repeated
or restored; an outage uses up no event's attempts; an event at fault is set aside while the others go on.
"""

from __future__ import annotations

from eventbus.bus import Bus, BusSettings
from eventbus.cluster.kafka import KafkaConnection, KafkaError
from eventbus.cluster.security import refusal
from eventbus.cluster.topics import (
    MissingTopicsError,
    TopicDifference,
    TopicRefusedError,
    check_topics,
    create_topics,
    delete_topics,
    require_topics,
)
from eventbus.incoming.progress import Progress
from eventbus.incoming.records import RawRecord, Received
from eventbus.incoming.subscriptions import Effect, Handler, RetryPolicy, Start, View, each
from eventbus.incoming.tail import Tail
from eventbus.operation.health import GroupHealth
from eventbus.operation.heartbeat import Heartbeats
from eventbus.outgoing.facts import Facts
from eventbus.outgoing.outbox import EventTooLargeError, Outbox, OutboxRows, Outgoing
from eventbus.outgoing.outbox_store import OutboxBacklog

__all__ = [
    "Bus",
    "BusSettings",
    "Effect",
    "EventTooLargeError",
    "Facts",
    "GroupHealth",
    "Handler",
    "Heartbeats",
    "KafkaConnection",
    "KafkaError",
    "MissingTopicsError",
    "Outbox",
    "OutboxBacklog",
    "OutboxRows",
    "Outgoing",
    "Progress",
    "RawRecord",
    "Received",
    "RetryPolicy",
    "Start",
    "Tail",
    "TopicDifference",
    "TopicRefusedError",
    "View",
    "check_topics",
    "create_topics",
    "delete_topics",
    "each",
    "refusal",
    "require_topics",
]
