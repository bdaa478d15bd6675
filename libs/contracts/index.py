"""The contract as data for a page: each topic with its types, their writers, readers and fields."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.exchange import Exchange, Reading, topics_of
from contracts.fields import Field, fields_of, plain
from events import REGISTRY, TOPIC_PLANS, WRITERS, Event, Topic, TopicPlan

# The meaning of the records' key, by topic (E-3).
KEYS = {
    Topic.ORDERS: "order id",
    Topic.PAYMENTS: "order, connection or provider id; of a webhook that belongs to none its own id",
    Topic.STOCK: "city id",
    Topic.CUSTOMERS: "customer id",
    Topic.CATALOGUE: "city id",
    Topic.NOTIFICATIONS: "notification id, or the channel",
    Topic.ALERTS_CRITICAL: "the alert's fingerprint",
    Topic.ALERTS_HIGH: "the alert's fingerprint",
    Topic.ALERTS_MEDIUM: "the alert's fingerprint",
    Topic.ALERTS_LOW: "the alert's fingerprint",
    Topic.ACTIVITY: "visitor id",
    Topic.SECURITY: "the actor, the source's shortened address, or the account that it is about",
    Topic.HEARTBEATS: "service instance",
    Topic.OPERATIONS: "service name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event type. Without writers, the type is agreed, but nobody publishes it yet.

    type: its full name
    words: what it tells
    writers: the services that publish it
    readers: the subscriptions that handle it
    fields: its fields
    """

    type: str
    words: str
    writers: tuple[str, ...]
    readers: tuple[Reading, ...]
    fields: tuple[Field, ...]

    @property
    def short(self) -> str:
        return self.type.removeprefix("fullhouse.").rsplit(".", 1)[0]

    @property
    def reader_names(self) -> tuple[str, ...]:
        """The names of its readers; a view that every service has is named once."""
        return tuple(dict.fromkeys(reading.name for reading in self.readers))

    @property
    def marked(self) -> tuple[Field, ...]:
        """Its personal and secret fields."""
        return tuple(field for field in self.fields if field.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A topic, or the four topics of alerts, which carry the same types.

    topics: their names
    key: what the records' key is
    may_write: the services that may write to them
    plan: how they are created
    entries: their event types
    """

    topics: tuple[str, ...]
    key: str
    may_write: tuple[str, ...]
    plan: TopicPlan
    entries: tuple[Entry, ...]

    @property
    def keeps(self) -> str:
        """How long a record stays, as text."""
        days = self.plan.retention.days
        return "newest of each key" if self.plan.compacted else f"{days} {'day' if days == 1 else 'days'}"


def chapters(exchange: Exchange) -> list[Chapter]:
    """All topics to which any type is written, in the order of E-3."""
    together: dict[tuple[str, ...], list[str]] = {}
    for name in REGISTRY:
        together.setdefault(topics_of(name), []).append(name)
    order = [topic.value for topic in Topic]
    plans = {plan.name: plan for plan in TOPIC_PLANS}
    return [
        Chapter(
            topics=topics,
            key=KEYS[Topic(topics[0])],
            may_write=WRITERS[Topic(topics[0])],
            plan=plans[topics[0]],
            entries=_entries(together[topics], exchange),
        )
        for topics in sorted(together, key=lambda found: order.index(found[0]))
    ]


def sentence(event_type: str) -> str:
    """What the type's docstring says, else its base's; fields are named as on the wire."""
    model = REGISTRY[event_type]
    said = plain(" ".join((inspect.getdoc(model) or "").split()))
    return re.sub(r"`([a-z_]+)`", lambda found: f"`{_on_the_wire(model, found[1])}`", said)


def _on_the_wire(model: type[Event], name: str) -> str:
    field = model.model_fields.get(name)
    return field.alias or name if field else name


def _entries(names: Sequence[str], exchange: Exchange) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            type=name,
            words=sentence(name),
            writers=exchange.writers(name),
            readers=exchange.readers(name),
            fields=tuple(fields_of(REGISTRY[name])),
        )
        for name in names
    )
