"""The health of a group, in figures that tell a stuck consumer from an idle one."""

from __future__ import annotations

from dataclasses import dataclass

from eventbus.incoming.consumer import EffectConsumer


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHealth:
    """The health of a group in this process; that the broker answers says nothing of it.

    group: the group's name
    reading: whether the group has assigned partitions to this process, maybe none
    partitions: how many it has
    lag: records not yet read
    behind_seconds: since the newest handled event was written, while others wait; else 0
    unanswered_seconds: since Kafka last answered a fetch, also with no records
    stopped: why the group or a partition of it is stopped until a person starts it
    """

    group: str
    reading: bool = False
    partitions: int = 0
    lag: int = 0
    behind_seconds: float = 0.0
    unanswered_seconds: float = 0.0
    stopped: str | None = None


def group_health(group: str, consumer: EffectConsumer | None) -> GroupHealth:
    """The group's health; `consumer` is None until Kafka was reached for the first time."""
    if consumer is None:
        return GroupHealth(group=group)
    return GroupHealth(
        group=group,
        reading=consumer.joined,
        partitions=len(consumer.assigned),
        lag=consumer.lag(),
        behind_seconds=round(consumer.behind(), 3),
        unanswered_seconds=round(consumer.unanswered(), 3),
        stopped=consumer.standing,
    )
