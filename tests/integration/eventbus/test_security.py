"""TLS and SASL as the settings have them, on a real broker: both client libraries, and what a refusal says."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
import pytest_asyncio

from chassis.database import Database
from chassis.settings import KafkaSettings, SettingsError
from eventbus import KafkaConnection, create_topics, delete_topics, refusal
from stack.layout import LOOPBACK
from stack.processes import free_ports
from tests.fixtures import testbed
from tests.fixtures.command_line import without_installation
from tests.fixtures.postgres import MakeDatabase
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually
from tests.integration.eventbus.secure import PASSWORD, USER, SecureBroker, secure_broker

WAYS = [
    ("SSL", None),
    ("SASL_SSL", "PLAIN"),
    ("SASL_SSL", "SCRAM-SHA-256"),
    ("SASL_SSL", "SCRAM-SHA-512"),
    ("SASL_PLAINTEXT", "SCRAM-SHA-512"),
]


@pytest.fixture(scope="module")
def broker() -> Iterator[SecureBroker]:
    with secure_broker(testbed.folder() / secrets.token_hex(4), free_ports()) as running:
        yield running


@pytest_asyncio.fixture
async def closed() -> AsyncIterator[None]:
    """The library's first connection says good-bye by itself, and TLS waits for the answer: so does the loop's end."""
    yield
    sockets = asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined] # no other way to ask

    async def only_the_loops_own() -> bool:
        return len(sockets) == 1

    await eventually(only_the_loops_own)


def environ(broker: SecureBroker, protocol: str, mechanism: str | None, **changes: str) -> dict[str, str]:
    values = {
        "FULLHOUSE_MODE": "sandbox",
        "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{broker.port(protocol)}",
        "KAFKA_SECURITY_PROTOCOL": protocol,
        "KAFKA_TOPIC_PREFIX": f"s{secrets.token_hex(4)}.",
    }
    if mechanism:
        values |= {
            "KAFKA_SASL_MECHANISM": mechanism,
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }
    if protocol.endswith("SSL"):
        values["KAFKA_SSL_CAFILE"] = str(broker.authority)
    return values | changes


def connection(values: Mapping[str, str]) -> KafkaConnection:
    return KafkaConnection.from_settings(KafkaSettings.from_environ(values))


@pytest.mark.asyncio
@pytest.mark.usefixtures("closed")
@pytest.mark.proves("E-4")
@pytest.mark.parametrize(("protocol", "mechanism"), WAYS)
async def test_events_go_out_and_come_in(
    broker: SecureBroker, make_database: MakeDatabase, protocol: str, mechanism: str | None
) -> None:
    secure = connection(environ(broker, protocol, mechanism))
    await create_topics(secure, partitions=1, plans=ledger.PLANS)
    url = make_database("eventbus")
    database = await Database.connect(url, application="test")
    await ledger.prepare(database)
    bench = Bench(database=database, database_url=url, connection=secure)
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(database, bus.outbox, ["a", "b"])

        async def counted() -> bool:
            return await ledger.effects(database) == ["a", "b"]

        await eventually(counted)
    assert await refusal(secure) is None
    await database.close()
    await delete_topics(secure)


@pytest.mark.asyncio
@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("protocol", "mechanism", "changes", "sentence"),
    [
        ("SASL_SSL", "PLAIN", {"KAFKA_SASL_PASSWORD": "wrong"}, "refuses the user fullhouse (PLAIN)"),
        ("SASL_SSL", "SCRAM-SHA-256", {"KAFKA_SASL_PASSWORD": "wrong"}, "refuses the user fullhouse (SCRAM-SHA-256)"),
        ("SASL_PLAINTEXT", "SCRAM-SHA-512", {"KAFKA_SASL_USERNAME": "nobody"}, "refuses the user nobody"),
        ("SSL", None, {"KAFKA_SSL_CAFILE": ""}, "can't be trusted"),
    ],
)
async def test_a_refusal_is_a_sentence_that_names_the_variable(
    broker: SecureBroker, protocol: str, mechanism: str | None, changes: dict[str, str], sentence: str
) -> None:
    values = environ(broker, protocol, mechanism, **changes)
    told = await refusal(connection({name: value for name, value in values.items() if value}))
    assert told is not None
    assert sentence in told
    assert "KAFKA_SASL_PASSWORD" in told or "KAFKA_SSL_CAFILE" in told
    assert "wrong" not in told


def test_the_command_line_says_it_too(broker: SecureBroker) -> None:
    wrong = environ(broker, "SASL_SSL", "PLAIN", KAFKA_SASL_PASSWORD="wrong")
    done = without_installation("topics", "check", **wrong)
    assert done.returncode == 1
    assert "refuses the user fullhouse (PLAIN): look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_authority_that_is_no_file_is_told_at_the_start(broker: SecureBroker) -> None:
    with pytest.raises(SettingsError, match="KAFKA_SSL_CAFILE names /nowhere"):
        connection(environ(broker, "SSL", None, KAFKA_SSL_CAFILE="/nowhere"))
