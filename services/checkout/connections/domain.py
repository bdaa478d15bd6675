"""What a provider's connection to a processor is, and whether it can take payments. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import SecretStr

from events import ConnectionStatus

# How long a connection may be on its way.
PENDING_AT_MOST: Final = timedelta(minutes=15)


class ConnectionAction(StrEnum):
    """What a person does to a connection, as the audit names it."""

    CREATED = "connection_created"
    CHANGED = "connection_changed"
    REVOKED = "connection_revoked"
    KEYS_ROTATED = "connection_keys_rotated"


class ConnectionIssue(StrEnum):
    """Why a connection can take no payments."""

    PENDING = "connection_pending"
    PENDING_TOO_LONG = "connection_pending_too_long"
    ERROR = "connection_error"
    EXPIRED = "connection_expired"
    REVOKED = "connection_revoked"
    NO_PAYMENTS = "payments_not_supported"
    CHARGES_DISABLED = "charges_disabled"
    DETAILS_MISSING = "details_missing"


_BY_STATUS: Final = {
    ConnectionStatus.PENDING: ConnectionIssue.PENDING,
    ConnectionStatus.ERROR: ConnectionIssue.ERROR,
    ConnectionStatus.EXPIRED: ConnectionIssue.EXPIRED,
    ConnectionStatus.REVOKED: ConnectionIssue.REVOKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A provider's account at a processor; its secrets are kept apart.

    connection_id: its number
    provider_id: whose it is
    processor: where, such as square
    account_id, account_name: the account's, as the processor has them; None while nobody knows
    status: where it stands
    status_since: since when
    supports_payments, supports_refunds: whether the account takes money, and gives it back
    charges_enabled, details_submitted: of an account connected to ours; None where there is no such thing
    credentials_expire_at: None where they don't, or nobody knows
    webhook_url: where the processor's webhooks go; None without any
    has_webhook_secret: whether their signatures can be checked
    last_sync_at: when its transactions were last read
    last_transaction_at: when the newest of them was
    last_error: what went wrong last, as a sentence
    version: grows by one with each change
    created_at: since when it is there
    """

    connection_id: int
    provider_id: int
    processor: str
    account_id: str | None = None
    account_name: str | None = None
    status: ConnectionStatus
    status_since: datetime
    supports_payments: bool = True
    supports_refunds: bool = True
    charges_enabled: bool | None = None
    details_submitted: bool | None = None
    credentials_expire_at: datetime | None = None
    webhook_url: str | None = None
    has_webhook_secret: bool = False
    last_sync_at: datetime | None = None
    last_transaction_at: datetime | None = None
    last_error: str | None = None
    version: int = 1
    created_at: datetime

    @property
    def about(self) -> str:
        """What its secrets are bound to."""
        return f"processor_connection/{self.connection_id}"

    @property
    def webhook_path(self) -> str:
        """Where its processor's webhooks come in (P-5)."""
        return f"/api/v1/webhooks/{self.processor}/{self.connection_id}"

    @property
    def healthy(self) -> bool:
        """Whether it can take payments now."""
        return self._disability() is None

    def issue(self, now: datetime) -> ConnectionIssue | None:
        """Why it can take no payments; None when it can."""
        found = self._disability()
        if found is ConnectionIssue.PENDING and now - self.status_since > PENDING_AT_MOST:
            return ConnectionIssue.PENDING_TOO_LONG
        return found

    def _disability(self) -> ConnectionIssue | None:
        if self.status in _BY_STATUS:
            return _BY_STATUS[self.status]
        if not self.supports_payments:
            return ConnectionIssue.NO_PAYMENTS
        if self.details_submitted is False:
            return ConnectionIssue.DETAILS_MISSING
        return ConnectionIssue.CHARGES_DISABLED if self.charges_enabled is False else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSecrets:
    """What must never be seen of a connection; its `repr` shows nothing.

    pasted: what a person pasted, by the processor's names for it, such as access_token
    webhook_secret: with which its webhooks are signed; None without any
    """

    pasted: Mapping[str, SecretStr] = field(repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """As it is encrypted."""
        pasted = {name: value.get_secret_value() for name, value in self.pasted.items()}
        secret = self.webhook_secret.get_secret_value() if self.webhook_secret else None
        return json.dumps({"pasted": pasted, "webhook_secret": secret}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` gave."""
        found = json.loads(data)
        secret = found["webhook_secret"]
        return cls(
            pasted={name: SecretStr(value) for name, value in found["pasted"].items()},
            webhook_secret=SecretStr(secret) if secret is not None else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """What a person gives to connect an account by hand.

    provider_id: whose it is
    processor: where
    account_id, account_name: as the person knows them
    secrets: what it is used with
    """

    provider_id: int
    processor: str
    account_id: str | None = None
    account_name: str | None = None
    secrets: ConnectionSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChange:
    """What a person changes of a connection; None leaves a value as it is.

    account_id, account_name: the account's
    credentials: all new ones, in the place of those that there are
    webhook_secret: with which the processor signs the webhooks that it sends to our address
    """

    account_id: str | None = None
    account_name: str | None = None
    credentials: Mapping[str, SecretStr] | None = field(default=None, repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)

    def secrets(self, before: ConnectionSecrets) -> ConnectionSecrets:
        """The secrets after it."""
        return ConnectionSecrets(
            pasted=before.pasted if self.credentials is None else self.credentials,
            webhook_secret=self.webhook_secret or before.webhook_secret,
        )
