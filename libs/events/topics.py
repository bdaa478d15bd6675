"""The topics: who writes them, and how they are created (E-3, E-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

DLQ_SUFFIX = ".dlq"


class Topic(StrEnum):
    """Every topic, by its name without prefix (E-3)."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    STOCK = "stock"
    CUSTOMERS = "customers"
    CATALOGUE = "catalogue"
    NOTIFICATIONS = "notifications"
    ALERTS_CRITICAL = "alerts.critical"
    ALERTS_HIGH = "alerts.high"
    ALERTS_MEDIUM = "alerts.medium"
    ALERTS_LOW = "alerts.low"
    ACTIVITY = "activity"
    SECURITY = "security"
    HEARTBEATS = "heartbeats"
    OPERATIONS = "operations"

    @property
    def dlq(self) -> str:
        """The topic of its dead letters."""
        return self.value + DLQ_SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPlan:
    """How the deployment creates a topic (E-9).

    name: without prefix
    partitions: how many consumers of a group can share the topic
    replication: how many brokers have each record; 1 on a cluster of one broker
    min_insync_replicas: how many of them must have a record before a writer goes on
    retention: how long records stay; without effect on a compacted topic
    compacted: whether the topic keeps the newest record of each key forever, and only that
    """

    name: str
    partitions: int = 12
    replication: int = 3
    min_insync_replicas: int = 2
    retention: timedelta = timedelta(days=14)
    compacted: bool = False


_SPECIAL = {
    Topic.CATALOGUE: TopicPlan(name=Topic.CATALOGUE.value, compacted=True),
    Topic.HEARTBEATS: TopicPlan(name=Topic.HEARTBEATS.value, retention=timedelta(days=1)),
}

_EVERYBODY = ("checkout", "inventory", "monitor", "notifier")

# E-3: which services may write a topic. A topic's dead letters are written by whoever gave up.
WRITERS: Mapping[Topic, tuple[str, ...]] = {
    Topic.ORDERS: ("checkout",),
    Topic.PAYMENTS: ("checkout",),
    Topic.STOCK: ("inventory",),
    Topic.CUSTOMERS: ("checkout",),
    Topic.CATALOGUE: ("checkout",),
    Topic.NOTIFICATIONS: ("notifier",),
    Topic.ALERTS_CRITICAL: ("monitor",),
    Topic.ALERTS_HIGH: ("monitor",),
    Topic.ALERTS_MEDIUM: ("monitor",),
    Topic.ALERTS_LOW: ("monitor",),
    Topic.ACTIVITY: ("checkout",),
    Topic.SECURITY: _EVERYBODY,
    Topic.HEARTBEATS: _EVERYBODY,
    Topic.OPERATIONS: _EVERYBODY,
}

TOPIC_PLANS: tuple[TopicPlan, ...] = (
    *(_SPECIAL.get(topic, TopicPlan(name=topic.value)) for topic in Topic),
    *(TopicPlan(name=topic.dlq) for topic in Topic),
)
