"""What is said of a connection: as an event, and for the audit. Never a secret."""

from __future__ import annotations

from checkout.connections.domain import Connection, ConnectionCause
from checkout.connections.sealed import ConnectionChange
from events import ConnectionStatus, PaymentConnectionChanged


def status_changed(
    connection: Connection, *, before: ConnectionStatus | None, cause: ConnectionCause
) -> PaymentConnectionChanged:
    """That its status is another one."""
    return PaymentConnectionChanged(
        connection_id=connection.connection_id,
        provider_id=connection.provider_id,
        processor=connection.processor,
        version=connection.version,
        previous_status=before.value if before else None,
        status=connection.status.value,
        healthy=connection.healthy,
        supports_payments=connection.supports_payments,
        supports_refunds=connection.supports_refunds,
        charges_enabled=connection.charges_enabled,
        details_submitted=connection.details_submitted,
        cause=cause.value,
        reason=connection.last_error,
        occurred_at=connection.status_since,
    )


def for_audit(connection: Connection, change: ConnectionChange | None = None) -> dict[str, object]:
    """Its state; of secrets only whether they are new."""
    return {
        "provider": connection.provider_id,
        "processor": connection.processor,
        "account": connection.account_id,
        "status": connection.status.value,
        "webhookUrl": connection.webhook_url,
        "newCredentials": change is not None and change.credentials is not None,
        "newWebhookSecret": change is not None and change.webhook_secret is not None,
    }
