"""Use cases of health: what processes said last is kept for the next start."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from monitor.health import store
from monitor.health.instances import Instances

KEEP: Final = timedelta(days=1)


async def save(tx: Transaction, instances: Instances, *, clock: Clock) -> None:
    """Keeps the instances, and forgets who has been gone for a day."""
    forget_before = clock.now() - KEEP
    instances.forget(before=forget_before)
    await store.save(tx, instances.all(), forget_before=forget_before)


async def load(reader: Reader, instances: Instances) -> None:
    """Adds what an earlier process kept."""
    instances.add(await store.instances(reader))
