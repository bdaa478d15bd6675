"""Makes, changes and revokes connections, and opens their secrets (P-2). Each takes the transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.encryption import NotReadableError, Sealed, Vault
from chassis.telemetry import get_logger
from checkout.connections import store
from checkout.connections.domain import (
    Connection,
    ConnectionAction,
    ConnectionChange,
    ConnectionSecrets,
    NewConnection,
)
from checkout.connections.errors import ConnectionExists, ConnectionNotReadable, UnknownConnection
from eventbus import Outbox
from events import ConnectionStatus, PaymentConnectionChanged

log = get_logger()

NEW_CREDENTIALS: Final = "new_credentials"
REVOKED: Final = "revoked"


class Connections:
    """Providers' accounts at processors."""

    def __init__(self, vault: Vault, *, public_url: str, outbox: Outbox, clock: Clock) -> None:
        self._vault = vault
        self._public_url = public_url
        self._outbox = outbox
        self._clock = clock

    async def create(self, tx: Transaction, wanted: NewConnection, *, actor: Actor) -> Connection:
        """A connection with pasted credentials, pending until somebody has looked whether they are good.

        Raises ConnectionExists or ConnectionNotReadable.
        """
        now = self._clock.now()
        made = Connection(
            connection_id=await store.next_id(tx),
            provider_id=wanted.provider_id,
            processor=wanted.processor,
            account_id=wanted.account_id,
            account_name=wanted.account_name,
            status=ConnectionStatus.PENDING,
            status_since=now,
            created_at=now,
        )
        if wanted.secrets.webhook_secret is not None:
            made = self._with_webhooks(made)
        if not await store.add(tx, made, self._sealed(made, wanted.secrets)):
            raise ConnectionExists
        await self._tell(tx, made, before=None, cause=NEW_CREDENTIALS)
        await _record(tx, ConnectionAction.CREATED, made, actor=actor, after=_shown(made))
        return made

    async def change(
        self, tx: Transaction, connection_id: int, change: ConnectionChange, *, scope: int | None, actor: Actor
    ) -> Connection:
        """The connection after it; with new credentials it is pending until somebody has looked at them.

        Raises UnknownConnection or ConnectionNotReadable.
        """
        before = await self._locked(tx, connection_id, scope)
        after = replace(
            before,
            account_id=change.account_id or before.account_id,
            account_name=change.account_name or before.account_name,
            version=before.version + 1,
        )
        if change.webhook_secret is not None:
            after = self._with_webhooks(after)
        if change.credentials is not None:
            after = replace(
                after, status=ConnectionStatus.PENDING, status_since=self._clock.now(), credentials_expire_at=None
            )
        if change.credentials is not None or change.webhook_secret is not None:
            secrets = change.secrets(await self.secrets(tx, before))
            await store.keep_secrets(tx, connection_id, self._sealed(after, secrets))
        await store.update(tx, after)
        await self._tell(tx, after, before=before.status, cause=NEW_CREDENTIALS)
        await _record(
            tx, ConnectionAction.CHANGED, after, actor=actor, before=_shown(before), after=_shown(after, change=change)
        )
        return after

    async def revoke(self, tx: Transaction, connection_id: int, *, scope: int | None, actor: Actor) -> Connection:
        """The connection without its secrets: nothing is read or taken with it any more. Raises UnknownConnection."""
        before = await self._locked(tx, connection_id, scope)
        after = replace(
            before,
            status=ConnectionStatus.REVOKED,
            status_since=self._clock.now(),
            credentials_expire_at=None,
            has_webhook_secret=False,
            version=before.version + 1,
        )
        await store.update(tx, after)
        await store.keep_secrets(tx, connection_id, None)
        await self._tell(tx, after, before=before.status, cause=REVOKED)
        await _record(tx, ConnectionAction.REVOKED, after, actor=actor, before=_shown(before))
        return after

    async def secrets(self, reader: Reader, connection: Connection) -> ConnectionSecrets:
        """What the connection is used with. Raises ConnectionNotReadable, also for one that was revoked."""
        sealed = await store.sealed_of(reader, connection.connection_id)
        if sealed is None:
            raise ConnectionNotReadable
        try:
            return ConnectionSecrets.from_bytes(self._vault.open(sealed, about=connection.about))
        except NotReadableError as error:
            log.exception("connection_not_readable", connection_id=connection.connection_id, reason=str(error))
            raise ConnectionNotReadable from None

    async def rotate_one(self, tx: Transaction) -> bool:
        """Encrypts the secrets of one connection anew, under the key that is used now; False when none is left.

        Raises ConnectionNotReadable.
        """
        if self._vault.key_id is None:
            raise ConnectionNotReadable
        connection = await store.lock_under_other_key(tx, self._vault.key_id)
        if connection is None:
            return False
        sealed = self._sealed(connection, await self.secrets(tx, connection))
        await store.keep_secrets(tx, connection.connection_id, sealed)
        return True

    async def rotated(self, tx: Transaction, count: int, *, actor: Actor) -> int:
        """Notes that so many were encrypted anew; how many are still under another key."""
        left = await store.count_under_other_key(tx, self._vault.key_id or "")
        await audit.record(tx, ConnectionAction.KEYS_ROTATED, actor=actor, after={"rotated": count, "left": left})
        return left

    async def _locked(self, tx: Transaction, connection_id: int, scope: int | None) -> Connection:
        return visible(await store.get_locked(tx, connection_id), scope)

    def _with_webhooks(self, connection: Connection) -> Connection:
        return replace(connection, webhook_url=self._public_url + connection.webhook_path, has_webhook_secret=True)

    def _sealed(self, connection: Connection, secrets: ConnectionSecrets) -> Sealed:
        try:
            return self._vault.seal(secrets.to_bytes(), about=connection.about)
        except NotReadableError:
            raise ConnectionNotReadable from None

    async def _tell(
        self, tx: Transaction, connection: Connection, *, before: ConnectionStatus | None, cause: str
    ) -> None:
        """Says that the status is another one."""
        if connection.status is before:
            return
        await self._outbox.publish(tx, _changed(connection, before=before, cause=cause))
        log.info(
            "connection_changed",
            connection_id=connection.connection_id,
            provider=connection.provider_id,
            processor=connection.processor,
            status=connection.status.value,
            cause=cause,
        )


def visible(connection: Connection | None, scope: int | None) -> Connection:
    """The connection, for who may see it: staff (None), or its provider. Raises UnknownConnection."""
    if connection is None or scope not in {None, connection.provider_id}:
        raise UnknownConnection
    return connection


def _changed(connection: Connection, *, before: ConnectionStatus | None, cause: str) -> PaymentConnectionChanged:
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
        cause=cause,
        reason=connection.last_error,
        occurred_at=connection.status_since,
    )


async def _record(
    tx: Transaction,
    action: ConnectionAction,
    connection: Connection,
    *,
    actor: Actor,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    target = audit.target("connection", connection.connection_id)
    await audit.record(tx, action, actor=actor, target=target, before=before, after=after)


def _shown(connection: Connection, change: ConnectionChange | None = None) -> dict[str, object]:
    """For the audit; of secrets only whether they are new."""
    return {
        "provider": connection.provider_id,
        "processor": connection.processor,
        "account": connection.account_id,
        "status": connection.status.value,
        "webhookUrl": connection.webhook_url,
        "newCredentials": change is not None and change.credentials is not None,
        "newWebhookSecret": change is not None and change.webhook_secret is not None,
    }
