"""Processes that come to a consumer group and go."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from eventbus import Bus
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("L-10")
async def test_a_process_that_is_stopped_leaves_its_group_at_once(bench: Bench) -> None:
    """Its partitions would otherwise wait for its session to end, though another process is there for them."""
    async with bench.bus(ledger.count_effect(), slot="1") as staying:
        async with bench.bus(ledger.count_effect(), slot="0") as leaving:
            await eventually(lambda: share(bench, [staying, leaving]))
        assert await members(bench) == 1
        await eventually(lambda: share(bench, [staying]))


async def share(bench: Bench, buses: list[Bus]) -> bool:
    """Whether just these are in the group, and each reads its share."""
    return await members(bench) == len(buses) and all(group.reading for bus in buses for group in bus.groups())


async def members(bench: Bench) -> int:
    admin = AIOKafkaAdminClient(**bench.connection.client_options())
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([bench.connection.prefixed(ledger.GROUP)])
    finally:
        await admin.close()
    ((_, _, _, _, _, found, *_),) = answer.groups
    return len(found)
