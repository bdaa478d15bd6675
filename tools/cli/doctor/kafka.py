"""Looks at Kafka: its topics, and how far every group has read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.environment import SERVICES
from cli.files import topics_file

# Where people would begin to ask why; the rule `consumer_lag` has its own limits.
_MUCH: Final = 1000


async def topics_as_planned(examined: Examined) -> Finding:
    """Compares the cluster's topics with deploy/kafka/topics.yaml."""
    from cli import connections
    from config.topics import load_topics
    from eventbus import check_topics

    plans = load_topics(topics_file())
    differences = await check_topics(connections.kafka(examined.environ), plans=plans)
    if differences:
        names = ", ".join(sorted({found.topic for found in differences}))
        return wrong(f"not as planned: {names}", "fullhouse topics check")
    return well(f"{len(plans)} topics are as planned")


async def groups_read(examined: Examined) -> Finding:
    """Asks every service for its groups."""
    asked = await asyncio.gather(*(_groups(examined, service) for service in SERVICES))
    return groups_judged([group for groups in asked for group in groups])


async def letters_dead(examined: Examined) -> Finding:
    """Asks every service for events that a group gave up."""
    asked = await asyncio.gather(*(_groups(examined, service) for service in SERVICES))
    return letters_judged([group for groups in asked for group in groups])


async def events_read(examined: Examined) -> Finding:
    """Asks the monitor how much every group has still to read."""
    return lag_judged((await examined.document("/api/operations"))["consumerLag"])


def groups_judged(groups: Sequence[Mapping[str, Any]]) -> Finding:
    """Whether any group, or a part of one, stands still until a person lets it go on."""
    stopped = [f"{group['group']}: {group['stopped']['reason']}" for group in groups if group["stopped"]]
    halves = [
        f"{group['group']}: {part['topic']} {part['partition']}, {part['reason']}"
        for group in groups
        for part in group["stoppedPartitions"]
    ]
    if stopped:
        return wrong(f"stopped: {'; '.join(stopped)}", "fullhouse playbook subscription-stopped")
    if halves:
        return wrong(f"partitions stopped: {'; '.join(halves)}", "fullhouse playbook subscription-stopped")
    return well(f"{len(groups)} groups, none is stopped")


def letters_judged(groups: Sequence[Mapping[str, Any]]) -> Finding:
    """Whether an event waits for a person."""
    dead = {group["group"]: group["deadLetters"] for group in groups if group["deadLetters"]}
    deferred = sum(group["deferred"] for group in groups)
    if dead:
        told = ", ".join(f"{count} of {group}" for group, count in dead.items())
        return wrong(f"dead letters: {told}", "fullhouse dlq list")
    if deferred:
        return note(f"no dead letter; {deferred} events are tried again later", "fullhouse subscriptions list")
    return well("no dead letter")


def lag_judged(lag: Mapping[str, int]) -> Finding:
    """Whether a group is behind."""
    behind = {group: count for group, count in lag.items() if count > _MUCH}
    if behind:
        told = ", ".join(f"{count} of {group}" for group, count in behind.items())
        return note(f"to be read: {told}", "Look at it again in a minute; when it grows, fullhouse subscriptions list.")
    return well(f"{sum(lag.values())} events to be read by {len(lag)} groups")


async def _groups(examined: Examined, service: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = (await examined.document(f"/api/admin/{service}/subscriptions"))["data"]
    return found
