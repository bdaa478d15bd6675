"""How a group is, in figures that tell a stuck one from an idle one; that the broker answers says nothing of it."""

from __future__ import annotations

from dataclasses import dataclass

from eventbus.incoming.consumer import EffectConsumer


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHealth:
    """`reading`: the group has told this process its partitions, which may be none where processes outnumber them.

    `lag`: records not yet read. `behind_seconds`: since the newest event handled was written, while others wait.
    `unanswered_seconds`: since Kafka last answered, be it that there is nothing. `stopped`: why the group, or a
    partition of it, stands still when only a person can start it again.
    """

    group: str
    reading: bool = False
    partitions: int = 0
    lag: int = 0
    behind_seconds: float = 0.0
    unanswered_seconds: float = 0.0
    stopped: str | None = None


def group_health(group: str, consumer: EffectConsumer | None) -> GroupHealth:
    """`consumer` is None until Kafka was reached for the first time."""
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
