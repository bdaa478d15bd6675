"""How to reach the cluster: one value from the settings, in the words of every client, and the limits of a record.

The prefix before every topic and group name (E-9) is put on and taken off here and nowhere else: the rest of the bus,
its tables among it, knows topics by their own names.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.settings import KafkaSettings

__all__ = [
    "MAX_DEAD_LETTER_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_REQUEST_BYTES",
    "KafkaConnection",
    "KafkaError",
    "cluster_id",
]

# Broker and clients agree on it (eventbus.cluster.topics sets the topics' limit): a record that the broker refuses
# would poison the idempotent producer, so nothing larger is ever written to the outbox.
MAX_RECORD_BYTES = 1_000_000
MAX_REQUEST_BYTES = 1_048_576
# The largest record of anybody's becomes a dead letter too, with headers that say why.
MAX_DEAD_LETTER_BYTES = MAX_REQUEST_BYTES + 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaConnection:
    """How to reach the cluster, and the optional prefix of every topic and group on it (E-9).

    `silence_ms`: a connection on which an answer takes longer is given up for a new one. A network that goes silent
    tells nobody; whoever is at work meanwhile, a group in its rebalance too, is only asked once more.
    """

    bootstrap_servers: str
    prefix: str = ""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = None
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
        return self.prefix + name

    def unprefixed(self, topic: str) -> str:
        return topic.removeprefix(self.prefix)

    def client_options(self) -> Mapping[str, Any]:
        """The keyword arguments that every aiokafka client shares."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            # While a broker is away every client logs and asks at this pace.
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


async def cluster_id(connection: KafkaConnection) -> str:
    """The cluster's own id: stored beside offsets, which mean nothing on another cluster."""
    admin = AIOKafkaAdminClient(**connection.client_options())
    await admin.start()
    try:
        described = await admin.describe_cluster()
        return str(described["cluster_id"])
    finally:
        await admin.close()
