"""Outbox, relay, inbox and subscriptions on Kafka and PostgreSQL; nothing else imports aiokafka or faststream.

What it guarantees (E-4, E-5, E-6): an event is on Kafka if and only if its transaction committed, in order per key;
each event has its effect exactly once per group, whatever is killed, repeated or restored; an outage is never an
event's fault; an event at fault is set aside while the others go on.
"""

from __future__ import annotations

from eventbus.bus import Bus, BusSettings
from eventbus.health import GroupHealth
from eventbus.heartbeat import Heartbeats
from eventbus.kafka import KafkaConnection, KafkaError
from eventbus.outbox import EventTooLargeError, Outbox, Outgoing
from eventbus.outbox_store import OutboxBacklog
from eventbus.progress import Progress
from eventbus.records import RawRecord, Received
from eventbus.security import refusal
from eventbus.subscriptions import Effect, Handler, RetryPolicy, Start, View, each
from eventbus.tail import Tail
from eventbus.topics import (
    MissingTopicsError,
    TopicDifference,
    TopicRefusedError,
    check_topics,
    create_topics,
    delete_topics,
    require_topics,
)

__all__ = [
    "Bus",
    "BusSettings",
    "Effect",
    "EventTooLargeError",
    "GroupHealth",
    "Handler",
    "Heartbeats",
    "KafkaConnection",
    "KafkaError",
    "MissingTopicsError",
    "Outbox",
    "OutboxBacklog",
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
