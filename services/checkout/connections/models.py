"""What `/api/v1/external-payments/connections` takes and says. No answer has a secret."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Self

from fastapi import Path
from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from chassis.app import PlainText
from chassis.http.exact import SnakeBody, SnakeOut
from chassis.telemetry.masking import REDACTED
from checkout.connections.domain import Connection, ConnectionIssue
from checkout.connections.sealed import ConnectionChange, ConnectionSecrets, NewConnection
from events import ConnectionStatus

# What the column of a provider's id holds.
MOST_ID: Final = 999_999_999
# What that of a connection's number does.
MOST_NUMBER: Final = 2**63 - 1
_MOST_CREDENTIALS: Final = 10

ProviderNumber = Annotated[int, Field(ge=1, le=MOST_ID, description="the provider's id")]
ConnectionNumber = Annotated[int, Path(ge=1, le=MOST_NUMBER, description="the connection's number")]
PROCESSOR_NAME: Final = re.compile(r"^[a-z][a-z0-9_]{1,31}$")
ProcessorName = Annotated[str, StringConstraints(pattern=PROCESSOR_NAME.pattern)]
_CredentialName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Secret = Annotated[SecretStr, Field(min_length=1, max_length=4096)]


def _few(pasted: dict[str, SecretStr]) -> dict[str, SecretStr]:
    if not 1 <= len(pasted) <= _MOST_CREDENTIALS:
        raise ValueError(f"Give 1 to {_MOST_CREDENTIALS} values by their names.")
    return pasted


Pasted = Annotated[dict[_CredentialName, _Secret], AfterValidator(_few)]


class ConnectionIn(SnakeBody):
    """An account to be connected by pasted credentials."""

    provider: ProviderNumber | None = Field(None, description="whose it is; with a provider's own token, its own")
    processor: ProcessorName = Field(description="where, such as square")
    account_id: PlainText | None = Field(None, description="the account's, as far as it is known")
    account_name: PlainText | None = None
    credentials: Pasted = Field(description="by the processor's names, such as access_token; never shown again")
    webhook_secret: _Secret | None = Field(None, description="with which the processor signs webhooks; never shown")

    def wanted(self, provider_id: int) -> NewConnection:
        """What is to be made, for this provider."""
        return NewConnection(
            provider_id=provider_id,
            processor=self.processor,
            account_id=self.account_id,
            account_name=self.account_name,
            secrets=ConnectionSecrets(pasted=self.credentials, webhook_secret=self.webhook_secret),
        )


class ConnectionChangeIn(SnakeBody):
    """What is to be different; what is left out stays. With new credentials the connection is pending again."""

    account_id: PlainText | None = None
    account_name: PlainText | None = None
    credentials: Pasted | None = None
    webhook_secret: _Secret | None = None

    def change(self) -> ConnectionChange:
        """As the use case takes it."""
        return ConnectionChange(
            account_id=self.account_id,
            account_name=self.account_name,
            credentials=self.credentials,
            webhook_secret=self.webhook_secret,
        )


class ConnectionOut(SnakeOut):
    """A provider's account at a processor."""

    id: int
    provider: int
    processor: str
    account_id: str | None
    account_name: str | None
    status: ConnectionStatus
    status_since: datetime
    healthy: bool = Field(description="whether it can take payments now")
    issue: ConnectionIssue | None = Field(description="why it can't; null when it can")
    supports_payments: bool
    supports_refunds: bool
    charges_enabled: bool | None = Field(description="of an account connected to ours")
    details_submitted: bool | None = Field(description="of an account connected to ours")
    credentials: str = Field(description=f"always {REDACTED}")
    credentials_expire_at: datetime | None
    webhook_url: str | None
    webhook_secret: str | None = Field(description=f"{REDACTED}, or null when there is none")
    last_sync_at: datetime | None
    last_transaction_at: datetime | None
    tells_disputes: bool = Field(description="whether the processor lets us see what banks ask back")
    last_error: str | None
    created_at: datetime

    @classmethod
    def of(cls, connection: Connection, *, now: datetime) -> Self:
        """As it is at this moment."""
        return cls(
            id=connection.connection_id,
            provider=connection.provider_id,
            processor=connection.processor,
            account_id=connection.account_id,
            account_name=connection.account_name,
            status=connection.status,
            status_since=connection.status_since,
            healthy=connection.healthy,
            issue=connection.issue(now),
            supports_payments=connection.supports_payments,
            supports_refunds=connection.supports_refunds,
            charges_enabled=connection.charges_enabled,
            details_submitted=connection.details_submitted,
            credentials=REDACTED,
            credentials_expire_at=connection.credentials_expire_at,
            webhook_url=connection.webhook_url,
            webhook_secret=REDACTED if connection.has_webhook_secret else None,
            last_sync_at=connection.last_sync_at,
            last_transaction_at=connection.last_transaction_at,
            tells_disputes=connection.tells_disputes,
            last_error=connection.last_error,
            created_at=connection.created_at,
        )


class ConnectionsOut(SnakeOut):
    """A page of connections."""

    data: list[ConnectionOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")


class KeysRotateIn(SnakeBody):
    """How much is to be done before the answer."""

    at_most: int = Field(50, ge=1, le=500, description="how many connections are encrypted anew by this call")


class KeysRotatedOut(SnakeOut):
    """How far the credentials are under the key that is used now."""

    rotated: int = Field(description="how many connections were encrypted anew by this call")
    left: int = Field(description="how many are still under another key: call again")
