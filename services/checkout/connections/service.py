"""Makes, changes and revokes connections, and opens their secrets (P-2). Each takes the transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.encryption import NotReadableError, Sealed, Vault
from chassis.telemetry import get_logger
from checkout.connections import look_store, store
from checkout.connections.domain import Connection, ConnectionAction, ConnectionCause
from checkout.connections.errors import ConnectionExists, ConnectionNotReadable, UnknownConnection
from checkout.connections.messages import for_audit, status_changed
from checkout.connections.sealed import ConnectionChange, ConnectionSecrets, NewConnection
from checkout.processors.news import Subscription
from eventbus import Outbox
from events import ConnectionStatus

log = get_logger()


class Connections:
    """Providers' accounts at processors."""

    def __init__(self, vault: Vault, *, public_url: str, outbox: Outbox, clock: Clock) -> None:
        self._vault = vault
        self._public_url = public_url
        self._outbox = outbox
        self._clock = clock

    async def create(self, tx: Transaction, wanted: NewConnection, *, actor: Actor) -> Connection:
        """A connection with pasted credentials, pending until its processor was asked whether they are good.

        Raises ConnectionExists or ConnectionNotReadable.
        """
        now = self._clock.now()
        made = self._dated(
            Connection(
                connection_id=await store.next_id(tx),
                provider_id=wanted.provider_id,
                processor=wanted.processor,
                account_id=wanted.account_id,
                account_name=wanted.account_name,
                status=ConnectionStatus.PENDING,
                status_since=now,
                created_at=now,
            ),
            wanted.secrets,
        )
        if wanted.secrets.webhook_secret is not None:
            made = self._with_webhooks(made)
        if not await store.add(tx, made, self._sealed(made, wanted.secrets)):
            raise ConnectionExists
        await look_store.plan(tx, made.connection_id, now)
        await self._tell(tx, made, before=None, cause=ConnectionCause.NEW_CREDENTIALS)
        await _record(tx, ConnectionAction.CREATED, made, actor=actor, after=for_audit(made))
        return made

    async def change(
        self, tx: Transaction, connection_id: int, change: ConnectionChange, *, scope: int | None, actor: Actor
    ) -> Connection:
        """The connection after it; with new credentials it is pending until its processor was asked about them.

        Raises UnknownConnection or ConnectionNotReadable.
        """
        before = await self.locked(tx, connection_id, scope)
        after = replace(
            before,
            account_id=change.account_id or before.account_id,
            account_name=change.account_name or before.account_name,
        )
        if change.webhook_secret is not None:
            after = self._with_webhooks(after)
        if change.credentials is not None:
            after = replace(
                after,
                status=ConnectionStatus.PENDING,
                credentials_since=None,
                credentials_expire_at=None,
                last_error=None,
                failures=0,
            )
            await look_store.bring_forward(tx, connection_id, self._clock.now())
        if change.credentials is not None or change.webhook_secret is not None:
            secrets = change.secrets(await self.secrets(tx, before))
            after = await self.keep_secrets(tx, after, secrets)
        after = await self.save(tx, before, after, cause=ConnectionCause.NEW_CREDENTIALS)
        shown = for_audit(after, change)
        await _record(tx, ConnectionAction.CHANGED, after, actor=actor, before=for_audit(before), after=shown)
        return after

    async def permitted(self, tx: Transaction, wanted: NewConnection, *, actor: Actor) -> Connection:
        """The provider's connection, made or with these credentials now. Raises ConnectionNotReadable."""
        known = await store.get_locked_of(tx, wanted.provider_id, wanted.processor)
        if known is None:
            return await self.create(tx, wanted, actor=actor)
        secrets = replace(wanted.secrets, webhook_secret=(await self.secrets(tx, known)).webhook_secret)
        renewed = await self.keep_secrets(tx, known, secrets)
        renewed = replace(renewed, account_id=wanted.account_id, status=ConnectionStatus.PENDING, failures=0)
        after = await self.save(tx, known, self._dated(renewed, secrets), cause=ConnectionCause.PERMITTED)
        await look_store.plan(tx, known.connection_id, self._clock.now())
        await _record(
            tx, ConnectionAction.PERMITTED, after, actor=actor, before=for_audit(known), after=for_audit(after)
        )
        return after

    async def subscribed(self, tx: Transaction, connection: Connection, made: Subscription) -> None:
        """Its processor sends webhooks there from now on, signed with that secret. Raises ConnectionNotReadable."""
        after = replace(self._with_webhooks(connection), webhook_url=made.url, webhook_id=made.subscription_id)
        secrets = await self.secrets(tx, connection)
        if secrets.webhook_secret != made.secret:
            after = await self.keep_secrets(tx, after, replace(secrets, webhook_secret=made.secret))
        await self.save(tx, connection, after, cause=ConnectionCause.VALIDATED)

    async def reset(self, tx: Transaction, connection_id: int, *, scope: int | None, actor: Actor) -> Connection:
        """The connection as if nothing had gone wrong: its processor is asked again. Raises UnknownConnection."""
        before = await self.locked(tx, connection_id, scope)
        wanted = replace(before, status=ConnectionStatus.PENDING, last_error=None, failures=0)
        after = await self.save(tx, before, wanted, cause=ConnectionCause.RESET)
        await look_store.bring_forward(tx, connection_id, self._clock.now())
        await _record(tx, ConnectionAction.RESET, after, actor=actor, before=for_audit(before), after=for_audit(after))
        return after

    async def doubt(self, tx: Transaction, connection_id: int) -> None:
        """Its processor is asked about it now: a call with its credentials was refused."""
        await look_store.bring_forward(tx, connection_id, self._clock.now())

    async def revoke(
        self, tx: Transaction, connection_id: int, *, scope: int | None, useless: bool, actor: Actor
    ) -> Connection:
        """The connection without its secrets: nothing is read or taken with it any more. Raises UnknownConnection.

        `useless`: whether its processor refuses them now, as the audit keeps it.
        """
        before = await self.locked(tx, connection_id, scope)
        wanted = replace(before, status=ConnectionStatus.REVOKED, credentials_expire_at=None, has_webhook_secret=False)
        after = await self.save(tx, before, wanted, cause=ConnectionCause.REVOKED)
        await store.keep_secrets(tx, connection_id, None)
        await look_store.plan(tx, connection_id, None)
        proof: dict[str, object] = {"refused_by_processor": useless}
        await _record(tx, ConnectionAction.REVOKED, after, actor=actor, before=for_audit(before), after=proof)
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

    async def locked(self, tx: Transaction, connection_id: int, scope: int | None) -> Connection:
        """The connection, for who may see it. Raises UnknownConnection."""
        return visible(await store.get_locked(tx, connection_id), scope)

    async def keep_secrets(self, tx: Transaction, connection: Connection, secrets: ConnectionSecrets) -> Connection:
        """The connection with other secrets. Raises ConnectionNotReadable."""
        await store.keep_secrets(tx, connection.connection_id, self._sealed(connection, secrets))
        return replace(connection, secrets_version=connection.secrets_version + 1)

    async def save(
        self, tx: Transaction, before: Connection, after: Connection, *, cause: ConnectionCause
    ) -> Connection:
        """Writes down what it is now, and tells of another status."""
        since = before.status_since if after.status is before.status else self._clock.now()
        saved = replace(after, version=before.version + 1, status_since=since)
        await store.update(tx, saved)
        await self._tell(tx, saved, before=before.status, cause=cause)
        return saved

    def _dated(self, connection: Connection, secrets: ConnectionSecrets) -> Connection:
        """With the times of the credentials that the processor gave."""
        given = secrets.credentials
        if given is None:
            return connection
        return replace(connection, credentials_since=self._clock.now(), credentials_expire_at=given.expires_at)

    def webhook_url(self, connection: Connection) -> str:
        """Where its processor is to send webhooks."""
        return self._public_url + connection.webhook_path

    def _with_webhooks(self, connection: Connection) -> Connection:
        return replace(connection, webhook_url=self.webhook_url(connection), has_webhook_secret=True)

    def _sealed(self, connection: Connection, secrets: ConnectionSecrets) -> Sealed:
        try:
            return self._vault.seal(secrets.to_bytes(), about=connection.about)
        except NotReadableError:
            raise ConnectionNotReadable from None

    async def _tell(
        self, tx: Transaction, connection: Connection, *, before: ConnectionStatus | None, cause: ConnectionCause
    ) -> None:
        if connection.status is before:
            return
        await self._outbox.publish(tx, status_changed(connection, before=before, cause=cause))
        log.info(
            "connection_changed",
            connection_id=connection.connection_id,
            provider=connection.provider_id,
            processor=connection.processor,
            status=connection.status.value,
            cause=cause.value,
        )


async def claim_row(tx: Transaction, connection_id: int) -> None:
    """Nobody else changes the connection, or writes down what it took, until the end of the transaction."""
    await store.lock(tx, connection_id)


async def claim_account(tx: Transaction, provider_id: int, processor: str) -> None:
    """The same for all connections that a provider has, or had, to a processor."""
    await store.lock_all_of(tx, provider_id, processor)


async def note_transaction(tx: Transaction, connection_id: int, at: datetime) -> None:
    """The connection has taken money then."""
    await store.note_transaction(tx, connection_id, at)


async def note_sync(tx: Transaction, connection_id: int, at: datetime, *, tells_disputes: bool) -> None:
    """All that the connection took until then is known, and its disputes where `tells_disputes`."""
    await store.note_sync(tx, connection_id, at, tells_disputes=tells_disputes)


async def look_soon(tx: Transaction, connection_id: int, now: datetime) -> None:
    """Its processor has refused its credentials: it is asked whether they are good."""
    await look_store.bring_forward(tx, connection_id, now)


def visible(connection: Connection | None, scope: int | None) -> Connection:
    """The connection, for who may see it: staff (None), or its provider. Raises UnknownConnection."""
    if connection is None or scope not in {None, connection.provider_id}:
        raise UnknownConnection
    return connection


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
