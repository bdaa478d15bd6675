"""How Kafka is reached, and the limits of a record.

Only this module adds and removes the prefix of topic and group names (E-9); the rest of the bus, its tables included,
uses the names without prefix.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.cancelling import cancel, to_the_end
from chassis.settings import KafkaSettings

__all__ = [
    "MAX_DEAD_LETTER_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_REQUEST_BYTES",
    "KafkaConnection",
    "KafkaError",
    "cluster_id",
    "connected",
]

# Broker and clients agree on it (eventbus.cluster.topics sets the topics' limit): a record that the broker refuses
# would poison the idempotent producer, so nothing larger is ever written to the outbox.
MAX_RECORD_BYTES = 1_000_000
MAX_REQUEST_BYTES = 1_048_576
# The largest record that the broker takes from anybody must fit as a dead letter, with the headers added.
MAX_DEAD_LETTER_BYTES = MAX_REQUEST_BYTES + 65_536
_LAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """How to reach the cluster.

    bootstrap_servers: `host:port`, comma-separated
    prefix: text before every topic and group name (E-9)
    security_protocol: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
    sasl_mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, with a SASL protocol
    sasl_username, sasl_password: the user, with a SASL protocol
    ssl_cafile: the file with the CA certificates, None for the machine's own
    silence_ms: a connection whose response takes longer is replaced. A silent network raises no error by itself. A
        request that takes that long for another reason, such as a join during a rebalance, is only sent once more
    """

    bootstrap_servers: str
    prefix: str = ""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_cafile: str | None = None
    silence_ms: int = 8_000

    @classmethod
    def from_settings(cls, settings: KafkaSettings) -> Self:
        password = settings.kafka_sasl_password
        return cls(
            bootstrap_servers=",".join(settings.kafka_bootstrap_servers),
            prefix=settings.kafka_topic_prefix,
            security_protocol=settings.kafka_security_protocol,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            sasl_username=settings.kafka_sasl_username,
            sasl_password=password.get_secret_value() if password else None,
            ssl_cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None,
        )

    def prefixed(self, name: str) -> str:
        """The name on the cluster of a topic or group."""
        return self.prefix + name

    def unprefixed(self, topic: str) -> str:
        """The topic's own name."""
        return topic.removeprefix(self.prefix)

    def client_options(self) -> Mapping[str, Any]:
        """The keyword arguments that every aiokafka client is made with."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            # While a broker is unreachable every client retries, and logs, at this interval.
            "retry_backoff_ms": 250,
            "request_timeout_ms": self.silence_ms,
        }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.security_protocol.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl_mechanism or "PLAIN"
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = self.sasl_password
        return options


async def connected(start: Awaitable[None]) -> None:
    """Waits for the start of a client. The caller closes the client in any case, also after an error.

    Cancelled in the middle of it the library would leave the connection open that it is making: it is let make it.
    """
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await to_the_end(_given_up(starting))
        raise


async def _given_up(starting: asyncio.Future[None]) -> None:
    await asyncio.wait([starting], timeout=_LAST_SECONDS)
    await cancel(starting)


async def cluster_id(connection: KafkaConnection) -> str:
    """The cluster's own id. It is stored beside offsets, which have no meaning on another cluster."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    try:
        await connected(admin.start())
        described = await admin.describe_cluster()
        return str(described["cluster_id"])
    finally:
        await to_the_end(admin.close())
