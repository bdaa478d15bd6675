"""How many brokers an installation has: one, or three that hold every record three times (`make up BROKERS=3`).

The number is settled with the first start and lies in the state folder beside the cluster's id: what one broker holds
once and what three hold thrice can't be changed into each other by starting more.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Final

from stack.errors import StackError
from stack.layout import Layout

SIZES: Final = (1, 3)
BROKERS: Final = ("kafka", "kafka-2", "kafka-3")


def new_cluster_id(draw: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """As Kafka draws one: without a dash at its beginning, which Kafka's own tool takes for an option."""
    while True:
        drawn = base64.urlsafe_b64encode(draw().bytes).decode().rstrip("=")
        if not drawn.startswith("-"):
            return drawn


def check(layout: Layout, wanted: str) -> None:
    """Raises StackError for a number of brokers that this installation can't have; empty is whatever it is already."""
    if wanted and (not wanted.isdigit() or int(wanted) not in SIZES):
        raise StackError(f"BROKERS must be 1 or 3, and is “{wanted}”.")
    if settled(layout) and wanted and int(wanted) != layout.brokers:
        raise StackError(
            f"This installation has {layout.brokers} Kafka broker{'s' if layout.brokers > 1 else ''}, not {wanted}: "
            f"make clean forgets it, or start another beside it, for example: "
            f"PORT={layout.ports.base + 200} STATE=.local2 BROKERS={wanted} make up"
        )


def settle(layout: Layout, wanted: str) -> None:
    """Notes the number that was asked for with BROKERS, one without it."""
    check(layout, wanted)
    if not settled(layout):
        (layout.kafka / "cluster-id").write_text(new_cluster_id())
        (layout.kafka / "brokers").write_text(wanted or "1")


def settled(layout: Layout) -> bool:
    """Whether the number is known already."""
    return bool(layout.kafka.joinpath("brokers").exists() or (layout.kafka / "data").exists())


def names(layout: Layout) -> tuple[str, ...]:
    """The brokers' programs."""
    return BROKERS[: layout.brokers]


def number(name: str) -> int:
    """Of a broker's program, from 1."""
    return BROKERS.index(name) + 1
