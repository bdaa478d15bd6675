"""Has processors send connections' webhooks to us, and tries out whether they come (P-2).

No transaction is open while a processor is called. What it refuses, or does not answer, is a finding and no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from checkout.connections import store
from checkout.connections.domain import Connection, ConnectionAction
from checkout.connections.messages import for_audit
from checkout.connections.sealed import ConnectionSecrets
from checkout.connections.service import Connections, visible
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.accounts import Credentials
from checkout.processors.port import ExternalProcessor
from checkout.webhooks.service import has_come

_DEADLINE: Final = timedelta(seconds=20)
_PATIENCE: Final = timedelta(seconds=10)
_LOOK_EVERY: Final = timedelta(milliseconds=200)


class WebhookProblem(Exception):  # noqa: N818 names what was found
    """Why a connection's webhooks can't be had, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFinding:
    """Whether a connection's webhooks reach us.

    connection: as it is now
    verified: whether a test event has come in; None: the processor sends none
    problem: what went wrong, as a sentence
    """

    connection: Connection
    verified: bool | None
    problem: str | None

    @property
    def registered(self) -> bool:
        """Whether its processor was told where to send them."""
        return self.connection.webhook_id is not None


class Subscribing:
    """Makes and repairs webhook subscriptions."""

    def __init__(
        self,
        connections: Connections,
        *,
        database: Database,
        processors: Mapping[str, ExternalProcessor],
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._database = database
        self._processors = processors
        self._clock = clock

    async def check(self, connection_id: int, *, repair: bool, scope: int | None, actor: Actor) -> WebhookFinding:
        """Tries out a connection's webhooks; with `repair` its subscription is made or repaired first.

        Raises UnknownConnection or ConnectionNotReadable.
        """
        before = visible(await store.get(self._database, connection_id), scope)
        secrets = await self._connections.secrets(self._database, before)
        verified: bool | None = False
        problem = None
        try:
            if repair:
                await self._register(before, secrets)
            verified = await self._verify(connection_id, secrets)
        except (ProcessorFailure, WebhookProblem) as failure:
            problem = secrets.without_secrets(str(failure))
        async with self._database.transaction() as tx:
            after = await self._connections.locked(tx, connection_id, scope)
            finding = WebhookFinding(connection=after, verified=verified, problem=problem)
            await audit.record(
                tx,
                ConnectionAction.WEBHOOK_CHECKED,
                actor=actor,
                target=audit.target("connection", connection_id),
                before=for_audit(before),
                after={**for_audit(after), "registered": finding.registered, "verified": verified},
            )
        return finding

    async def _register(self, seen: Connection, secrets: ConnectionSecrets) -> None:
        """What the processor says is kept at once: it signs with that secret from now on."""
        processor, credentials = self._processor(seen), _credentials(secrets)
        url = self._connections.webhook_url(seen)
        made = await processor.register_webhook(credentials, url, deadline=_DEADLINE)
        async with self._database.transaction() as tx:
            before = await self._connections.locked(tx, seen.connection_id, None)
            if before.account_id != seen.account_id:
                raise WebhookProblem("The connection became another account's meanwhile.")
            await self._connections.subscribed(tx, before, made)

    async def _verify(self, connection_id: int, secrets: ConnectionSecrets) -> bool | None:
        """Whether a test event comes in; None: the processor sends none."""
        found = visible(await store.get(self._database, connection_id), None)
        processor = self._processor(found)
        if found.webhook_id is None:
            raise WebhookProblem("The connection's webhooks are not registered at its processor.")
        if not processor.abilities.test_webhooks:
            return None
        began, until = self._clock.now(), self._clock.monotonic() + _PATIENCE.total_seconds()
        await processor.test_webhook(_credentials(secrets), found.webhook_id, deadline=_DEADLINE)
        while self._clock.monotonic() < until:
            if await has_come(self._database, connection_id, since=began):
                return True
            await self._clock.sleep(_LOOK_EVERY)
        raise WebhookProblem("The processor has sent a test event, and nothing came in that it had signed.")

    def _processor(self, connection: Connection) -> ExternalProcessor:
        found = self._processors.get(connection.processor)
        if found is None:
            raise WebhookProblem(f"There is no way to {connection.processor} any more.")
        return found


def _credentials(secrets: ConnectionSecrets) -> Credentials:
    if secrets.credentials is None:
        raise WebhookProblem("The connection's credentials were not validated yet.")
    return secrets.credentials
