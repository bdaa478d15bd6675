"""deploy/kafka/topics.yaml: the sizes of an installation's Kafka topics (E-9).

Which topics there are, and their default sizes, is defined in libs/events (`TOPIC_PLANS`). The shipped file is
generated from it, and a test compares the two. An installation with other sizes keeps a copy, and passes it to
`fullhouse topics create` and `check`. A file must list every topic, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from pydantic import Field, model_validator

from config.documents import read_document
from config.loading import validate
from config.values import Count, Duration, Flag, Model
from events import TOPIC_PLANS, TopicPlan

_HEAD: Final = """\
# Kafka's topics: `fullhouse topics create` makes what is missing, `fullhouse topics check` tells what differs.
# Written from libs/events/topics.py (python -m stack example). For sizes of your own name a copy: --file.
# A lone broker holds one copy of each, whatever is said here. A compacted topic keeps the newest record of each key.
"""
_DAY: Final = timedelta(days=1)


class TopicSize(Model):
    """The size of a topic; a compacted one has no `retention`."""

    partitions: Count = Field(description="how many consumers can share the topic")
    replication: Count = Field(description="how many brokers have each record")
    min_insync_replicas: Count = Field(description="how many of them must have it before a writer goes on")
    retention: Duration | None = Field(None, description="how long records stay")
    compacted: Flag = Field(default=False, description="whether only the newest record of each key stays")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.min_insync_replicas > self.replication:
            raise ValueError("minInsyncReplicas is more than replication: nothing could ever be written")
        if self.compacted is (self.retention is not None):
            raise ValueError("needs either a retention, e.g. 14d, or compacted: true")
        return self


class Topics(Model):
    """topics.yaml: the sizes of Kafka's topics."""

    topics: Mapping[str, TopicSize] = Field(min_length=1, description="name without prefix → size")

    @model_validator(mode="after")
    def _all_and_no_other(self) -> Self:
        known = {plan.name for plan in TOPIC_PLANS}
        if missing := sorted(known - set(self.topics)):
            raise ValueError(f"topics misses {', '.join(missing)}; add them")
        if unknown := sorted(set(self.topics) - known):
            raise ValueError(f"topics names {', '.join(unknown)}, which no service knows; remove them")
        return self


def load_topics(path: Path) -> tuple[TopicPlan, ...]:
    """The plans of a file; raises ConfigError with everything that is wrong in it."""
    document = read_document(path)
    return tuple(_plan(name, size) for name, size in validate(document, Topics).topics.items())


def topics_text(plans: Iterable[TopicPlan] = TOPIC_PLANS) -> str:
    """The text of the file for these plans."""
    return _HEAD + "topics:\n" + "".join(map(_entry, plans))


def _plan(name: str, size: TopicSize) -> TopicPlan:
    return TopicPlan(
        name=name,
        partitions=size.partitions,
        replication=size.replication,
        min_insync_replicas=size.min_insync_replicas,
        compacted=size.compacted,
        **({"retention": size.retention} if size.retention else {}),
    )


def _entry(plan: TopicPlan) -> str:
    lines = [
        f"  {plan.name}:",
        f"    partitions: {plan.partitions}",
        f"    replication: {plan.replication}",
        f"    minInsyncReplicas: {plan.min_insync_replicas}",
        "    compacted: true" if plan.compacted else f"    retention: {plan.retention // _DAY}d",
    ]
    return "\n".join(lines) + "\n"
