"""Outcomes are written down in batches; one that can't be must not hold up its channel (E-7, N-3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from events import Channel
from notifier.deliveries.workers import ChannelPool, ChannelWork

BAD = UUID(int=13)


class Ledger:
    """Stands in for the deliveries and their database: settles all but one."""

    def __init__(self) -> None:
        self.settled: list[UUID] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
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
    pool = ChannelPool(work, ready=lambda: None)
    outcomes = [(UUID(int=number), cast("Any", "sent")) for number in range(20)]
    pool._outcomes.extend(outcomes)
    await pool._write_now()
    assert pool._outcomes == []
    assert ledger.settled == [delivery for delivery, _ in outcomes if delivery != BAD]
