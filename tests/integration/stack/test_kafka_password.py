"""The embedded broker tells nobody anything who doesn't know the password that `make up` made."""

from __future__ import annotations

import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.settings import KafkaSettings
from eventbus import KafkaConnection, create_topics, refusal
from stack import environment
from stack.control import Installation
from stack.layout import LOOPBACK, Layout
from stack.processes import free_ports
from tests.fixtures import testbed


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    made = Installation(Layout(state=testbed.folder() / "password", ports=free_ports()), {}, only=["kafka"])
    try:
        made.up(parent_death=signal.SIGTERM)
        yield made
    finally:
        made.clean()


def known(installation: Installation) -> KafkaConnection:
    return KafkaConnection.from_settings(KafkaSettings.from_environ(environment.values(installation.layout)))


def strangers(installation: Installation) -> list[KafkaConnection]:
    """What another account of this machine can try: no name, a wrong password, and the controllers' door."""
    there = replace(known(installation), silence_ms=1_000)
    nobody = KafkaConnection(bootstrap_servers=there.bootstrap_servers, silence_ms=1_000)
    controllers = f"{LOOPBACK}:{installation.layout.ports.kafka_controller}"
    return [
        nobody,
        replace(there, sasl_password="guessed"),
        replace(there, sasl_mechanism="PLAIN"),
        replace(nobody, bootstrap_servers=controllers),
        replace(there, bootstrap_servers=controllers, sasl_mechanism="PLAIN"),
    ]


@pytest.mark.asyncio
@pytest.mark.proves("X-1")
async def test_only_who_knows_the_password_reads_anything(installation: Installation) -> None:
    there = known(installation)
    await create_topics(there)
    async with AIOKafkaConsumer("orders", **there.client_options()) as consumer:
        assert "orders" in await consumer.topics()
    for stranger in strangers(installation):
        consumer, admin = (made(**stranger.client_options()) for made in (AIOKafkaConsumer, AIOKafkaAdminClient))
        for client in (consumer, admin):
            with pytest.raises(KafkaError):
                await client.start()
        await consumer.stop()
    assert "refuses the user fullhouse" in (await refusal(strangers(installation)[1]) or "")


def test_no_other_account_can_read_the_password(installation: Installation) -> None:
    """Neither in a file, nor in the arguments of the broker's process."""
    layout, password = installation.layout, environment.kafka_password(installation.layout)
    holding = [path for path in layout.state.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert {path.name for path in holding} == {"env", "server.properties"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in holding} == {0o600}
    broker = installation.supervisor.program("kafka").pid
    assert password.encode() not in Path(f"/proc/{broker}/cmdline").read_bytes()
