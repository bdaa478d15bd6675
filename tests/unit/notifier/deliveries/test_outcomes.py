"""Outcomes are written down in batches; one that can't be must not hold up its channel (E-7, N-3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.errors import Unavailable
from events import Channel
from notifier.deliveries import workers
from notifier.deliveries.timing import DeliveryTimes
from notifier.deliveries.workers import ChannelPool, ChannelWork

BAD = UUID(int=13)


class Ledger:
    """Stands in for the deliveries and their database: settles all but one, once its outages are over."""

    def __init__(self) -> None:
        self.settled: list[UUID] = []
        self.outages = 0
        self.times = DeliveryTimes()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        if self.outages:
            self.outages -= 1
            raise Unavailable("database: gone")
        yield

    async def settle(self, _tx: object, _channel: Channel, batch: Sequence[tuple[UUID, Any]]) -> None:
        if any(delivery == BAD for delivery, _ in batch):
            raise ValueError("no such move")
        self.settled += [delivery for delivery, _ in batch]


@pytest.mark.asyncio
@pytest.mark.proves("E-7", "N-3")
async def test_an_outcome_that_can_not_be_written_is_left_out_and_the_others_count() -> None:
    ledger = Ledger()
    work = cast("ChannelWork", SimpleNamespace(channel=Channel.SMS, database=ledger, deliveries=ledger, capacity=20))
    pool = ChannelPool(work, ready=bus_caught_up)
    outcomes = [(UUID(int=number), cast("Any", "sent")) for number in range(20)]
    await asyncio.gather(*map(pool._outcomes.put, outcomes))
    assert ledger.settled == [delivery for delivery, _ in outcomes if delivery != BAD]


@pytest.mark.asyncio
@pytest.mark.proves("E-5", "N-3")
async def test_an_outcome_is_kept_until_it_is_durable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "OUTAGE_PAUSE", 0)
    ledger = Ledger()
    ledger.outages = 3
    work = cast("ChannelWork", SimpleNamespace(channel=Channel.SMS, database=ledger, deliveries=ledger, capacity=20))
    await ChannelPool(work, ready=bus_caught_up)._outcomes.put((UUID(int=1), cast("Any", "sent")))
    assert (ledger.settled, ledger.outages) == ([UUID(int=1)], 0)


async def bus_caught_up() -> None:
    return
