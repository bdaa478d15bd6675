"""`fullhouse topics` on a real broker: created once, compared, never changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from config.topics import topics_text
from eventbus import (
    KafkaConnection,
    TopicDifference,
    TopicRefusedError,
    check_topics,
    create_topics,
    delete_topics,
)
from events import TopicPlan
from tests.fixtures.kafka import in_own_loop, kafka_at, kafka_variables
from tests.integration.cli.test_local import answer, fullhouse


@pytest.fixture
def connection(kafka: str) -> Iterator[KafkaConnection]:
    """Without topics."""
    made = kafka_at(kafka, prefix=f"c{secrets.token_hex(4)}.")
    yield made
    in_own_loop(delete_topics(made))


def environ(connection: KafkaConnection) -> dict[str, str]:
    return kafka_variables(connection.bootstrap_servers, prefix=connection.prefix)


async def set_by_hand(connection: KafkaConnection, topic: str, **configs: str) -> None:
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    named = {name.replace("_", "."): value for name, value in configs.items()}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, connection.prefixed(topic), named)])
    await admin.close()


@pytest.mark.proves("E-9")
def test_topics_are_created_once_with_their_dead_letters(connection: KafkaConnection, tmp_path: Path) -> None:
    small = tmp_path / "topics.yaml"
    small.write_text(topics_text().replace("partitions: 12", "partitions: 1"))
    first = answer(fullhouse("topics", "create", "--file", str(small), "--json", **environ(connection)))
    again = answer(fullhouse("topics", "create", "--file", str(small), "--json", **environ(connection)))
    assert {connection.prefixed("orders"), connection.prefixed("orders.dlq")} <= set(first["created"])
    assert again == {"created": []}
    checked = answer(fullhouse("topics", "check", "--file", str(small), "--json", **environ(connection)))
    assert checked == {"ok": True, "differences": []}


@pytest.mark.proves("E-9")
def test_a_difference_is_told_with_exit_code_one_and_nothing_is_changed(connection: KafkaConnection) -> None:
    in_own_loop(create_topics(connection, partitions=1, plans=[TopicPlan(name="orders"), TopicPlan(name="catalogue")]))
    in_own_loop(set_by_hand(connection, "orders", retention_ms="1000"))
    for _ in range(2):
        done = fullhouse("topics", "check", "--json", **environ(connection))
        assert done.returncode == 1
        found = json.loads(done.stdout)
        told = {(each["topic"].removeprefix(connection.prefix), each["setting"]): each for each in found["differences"]}
        assert found["ok"] is False
        orders = told["orders", "retention.ms"]
        assert (orders["planned"], orders["found"]) == (str(14 * 86_400_000), "1000")
        assert told["orders", "partitions"]["found"] == "1"
        assert told["catalogue", "cleanup.policy"]["planned"] == "compact"
        assert told["stock", "topic"]["found"] is None
        assert ("orders", "replication") not in told, "a lone broker holds one copy"
    shown = fullhouse("topics", "check", **environ(connection))
    assert (shown.returncode, "1000" in shown.stdout, "Nothing was changed" in shown.stdout) == (1, True, True)


@pytest.mark.proves("E-9")
def test_the_brokers_own_words_are_told_when_it_refuses(connection: KafkaConnection) -> None:
    done = fullhouse("topics", "create", "--replication", "3", **environ(connection))
    assert done.returncode == 1
    assert "InvalidReplicationFactorError" in done.stderr
    assert "Traceback" not in done.stderr
    unsound = TopicPlan(name="orders", partitions=1, retention=timedelta(milliseconds=-5))
    with pytest.raises(TopicRefusedError, match=r"retention\.ms"):
        in_own_loop(create_topics(connection, plans=[unsound]))


@pytest.mark.proves("E-9")
def test_what_passes_by_itself_is_tried_again(connection: KafkaConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right after its start a broker may not have been let into its cluster yet."""
    answers: list[dict[str, Any]] = [{"brokers": []}, {"brokers": []}]
    describe = AIOKafkaAdminClient.describe_cluster

    async def in_passing(admin: AIOKafkaAdminClient) -> Any:
        return answers.pop() if answers else await describe(admin)

    monkeypatch.setattr(AIOKafkaAdminClient, "describe_cluster", in_passing)
    plans = [TopicPlan(name="orders", partitions=1)]
    in_own_loop(create_topics(connection, plans=plans))
    assert not answers
    assert check(connection, plans) == []


def check(connection: KafkaConnection, plans: list[TopicPlan]) -> list[TopicDifference]:
    found: list[TopicDifference] = []

    async def look() -> None:
        found.extend(await check_topics(connection, plans=plans))

    in_own_loop(look())
    return found
