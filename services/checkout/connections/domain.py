"""What a provider's connection to a processor is, and whether it can take payments. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events import ConnectionStatus

# How long a connection may be on its way.
PENDING_AT_MOST: Final = timedelta(minutes=15)


class ConnectionAction(StrEnum):
    """What a person does to a connection, as the audit names it."""

    CREATED = "connection_created"
    PERMISSION_ASKED = "connection_permission_asked"
    PERMITTED = "connection_permitted"
    CHANGED = "connection_changed"
    REVOKED = "connection_revoked"
    VALIDATED = "connection_validated"
    RESET = "connection_reset"
    WEBHOOK_CHECKED = "connection_webhook_checked"
    SYNC_ASKED = "connection_sync_asked"
    KEYS_ROTATED = "connection_keys_rotated"


class ConnectionCause(StrEnum):
    """Why the status is another one."""

    NEW_CREDENTIALS = "new_credentials"
    PERMITTED = "permitted"
    RESET = "reset"
    REVOKED = "revoked"
    VALIDATED = "validated"
    REFUSED = "refused"
    CREDENTIALS_REFUSED = "credentials_refused"
    REFRESH_FAILED = "refresh_failed"
    ACCESS_REVOKED = "access_revoked"


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
    credentials_since: since when the credentials are those of now; None until the processor was asked
    credentials_expire_at: None where they don't, or nobody knows
    secrets_version: grows when they are others, and not when they are encrypted anew
    webhook_url: where the processor's webhooks go; None without any
    has_webhook_secret: whether their signatures can be checked
    webhook_id: the processor's id of the subscription by which they come; None: we made none
    last_sync_at: when its transactions were last read
    last_transaction_at: when the newest of them was
    tells_disputes: whether its processor lets us see disputes, as far as is known
    last_error: what went wrong last, as a sentence
    failures: how often in a row its processor has not answered
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
    credentials_since: datetime | None = None
    credentials_expire_at: datetime | None = None
    secrets_version: int = 1
    webhook_url: str | None = None
    has_webhook_secret: bool = False
    webhook_id: str | None = None
    last_sync_at: datetime | None = None
    last_transaction_at: datetime | None = None
    tells_disputes: bool = True
    last_error: str | None = None
    failures: int = 0
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
