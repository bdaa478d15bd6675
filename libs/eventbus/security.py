from __future__ import annotations

import ssl

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from eventbus.kafka import KafkaConnection


def faststream_security(connection: KafkaConnection) -> BaseSecurity | None:
    """The connection's TLS and SASL in FastStream's words; None for plain text."""
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
