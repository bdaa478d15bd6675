"""The fixtures themselves: what they promise to all other tests."""

from __future__ import annotations

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.asyncio


async def test_every_database_is_new_migrated_and_the_services_own(make_database: MakeDatabase) -> None:
    first, second = [await asyncpg.connect(make_database("eventbus")) for _ in range(2)]
    try:
        await first.execute("CREATE TABLE mine (id int)")
        assert await first.fetchval("SELECT count(*) FROM schema_migrations") > 0
        assert await second.fetchval("SELECT to_regclass('mine')") is None
        assert not await first.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    finally:
        await first.close()
        await second.close()


async def test_every_module_has_topics_of_its_own_with_one_partition(kafka: str, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(**kafka_at(kafka).client_options())
    await admin.start()
    try:
        mine = [name for name in await admin.list_topics() if name.startswith(topic_prefix)]
        described = await admin.describe_topics(mine)
    finally:
        await admin.close()
    assert f"{topic_prefix}orders" in mine
    assert {len(topic["partitions"]) for topic in described} == {1}
