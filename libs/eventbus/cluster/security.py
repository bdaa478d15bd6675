"""TLS and SASL in the terms of each client library, and the reason when a broker refuses the connection.

The clients treat a refused user or an untrusted certificate like a broker that doesn't answer: they try the next broker
and at last report that none answered. `refusal` connects once more by itself and finds the reason.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from eventbus.cluster.kafka import KafkaConnection

_SECONDS: Final = 3.0
_PLAIN: Final = "PLAINTEXT"


def faststream_security(connection: KafkaConnection) -> BaseSecurity | None:
    """The connection's TLS and SASL as FastStream's security object; None for plain text."""
    context = (
        ssl.create_default_context(cafile=connection.ssl_cafile)
        if connection.security_protocol.endswith("SSL")
        else None
    )
    if not connection.security_protocol.startswith("SASL"):
        return BaseSecurity(ssl_context=context) if context else None
    mechanisms = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    mechanism = mechanisms[connection.sasl_mechanism or "PLAIN"]
    return mechanism(
        username=connection.sasl_username or "", password=connection.sasl_password or "", ssl_context=context
    )


async def refusal(connection: KafkaConnection) -> str | None:
    """Why a broker that can be reached refuses the connection, as a sentence; None when that isn't the trouble."""
    if connection.security_protocol == _PLAIN:
        return None
    for host, port, _ in collect_hosts(connection.bootstrap_servers):
        if sentence := await _asked(connection, host, port):
            return sentence
    return None


async def _asked(connection: KafkaConnection, host: str, port: int) -> str | None:
    where, options = f"{host}:{port}", dict(connection.client_options())
    for name in ("bootstrap_servers", "retry_backoff_ms"):
        options.pop(name)
    try:
        async with asyncio.timeout(_SECONDS):
            client = await create_conn(host, port, **options)
    except (KafkaError, OSError, ssl.SSLError) as error:
        return _sentence(connection, where, error)
    client.close()
    return None


def _sentence(connection: KafkaConnection, where: str, error: Exception) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of Kafka at {where} can't be trusted ({error.verify_message}): "
            "KAFKA_SSL_CAFILE must name the file of the authority that signed it"
        )
    if isinstance(error, ssl.SSLError):
        return (
            f"Kafka at {where} does not speak TLS there ({error.reason}): look at KAFKA_SECURITY_PROTOCOL and the port"
        )
    if isinstance(error, SaslAuthenticationFailed):
        return (
            f"Kafka at {where} refuses the user {connection.sasl_username} ({connection.sasl_mechanism}): "
            "look at KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"Kafka at {where} doesn't offer {connection.sasl_mechanism}: look at KAFKA_SASL_MECHANISM"
    if isinstance(error, IllegalSaslStateError):
        return f"Kafka at {where} asks for no user there: look at KAFKA_SECURITY_PROTOCOL and the port"
    return None
