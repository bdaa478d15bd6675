"""An account's owner permits us to use it at the processor's own page, and comes back with a code (OAuth, P-2).

The state is random, good once and for minutes, and only for the person who was sent: a link that somebody else began
connects nobody's account. Where the page takes a code challenge, its verifier follows from the state and our key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database, Transaction
from checkout.connections import permission_store
from checkout.connections.domain import Connection, ConnectionAction
from checkout.connections.errors import PermissionNotGiven, PermissionUnknown
from checkout.connections.looking import ConnectionLooks
from checkout.connections.permission_store import AskedPermission
from checkout.connections.sealed import ConnectionSecrets, NewConnection
from checkout.connections.service import Connections
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.accounts import Permission
from checkout.processors.port import ExternalProcessor

RETURN: Final = "/staff/connections/return"
_GOOD_FOR: Final = timedelta(minutes=15)
_DEADLINE: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionPage:
    """Where an account's owner permits us to use it.

    url: the processor's page
    expires_at: until when its answer counts
    """

    url: str
    expires_at: datetime


class Permissions:
    """Sends account owners to their processor, and takes what they come back with."""

    def __init__(
        self,
        connections: Connections,
        looks: ConnectionLooks,
        *,
        database: Database,
        processors: Mapping[str, ExternalProcessor],
        keys: Sequence[SecretStr],
        public_url: str,
        clock: Clock,
    ) -> None:
        """`keys`: the first one makes verifiers."""
        self._connections = connections
        self._looks = looks
        self._database = database
        self._processors = processors
        self._key = keys[0]
        self._redirect_uri = public_url + RETURN
        self._clock = clock

    async def ask(self, tx: Transaction, provider_id: int, processor: str, *, actor: Actor) -> PermissionPage:
        """The page for an account of this provider's."""
        now, state, way = self._clock.now(), secrets.token_urlsafe(32), self._processors[processor]
        asked = AskedPermission(provider_id=provider_id, processor=processor, asked_by=actor.name)
        await permission_store.keep(tx, _hash(state), asked, now=now, until=now + _GOOD_FOR)
        after = {"provider": provider_id, "processor": processor}
        await audit.record(tx, ConnectionAction.PERMISSION_ASKED, actor=actor, after=after)
        challenge = _challenge(self._verifier(state)) if way.abilities.pkce else None
        url = way.authorize_url(state=state, redirect_uri=self._redirect_uri, challenge=challenge)
        return PermissionPage(url=url, expires_at=now + _GOOD_FOR)

    async def take(self, state: str, code: str, *, actor: Actor) -> Connection:
        """The connection, after its processor was asked about it.

        Raises PermissionUnknown for a state that is not this person's, PermissionNotGiven when there is no code or the
        processor does not take it, and ConnectionNotReadable.
        """
        async with self._database.transaction() as tx:
            asked = await permission_store.take(tx, _hash(state), by=actor.name, now=self._clock.now())
        if asked is None:
            raise PermissionUnknown
        if not code:
            raise PermissionNotGiven
        way = self._processors[asked.processor]
        permission = Permission(
            code=SecretStr(code),
            redirect_uri=self._redirect_uri,
            verifier=SecretStr(self._verifier(state)) if way.abilities.pkce else None,
        )
        try:
            credentials = await way.exchange(permission, deadline=_DEADLINE)
        except ProcessorFailure:
            raise PermissionNotGiven from None
        wanted = NewConnection(
            provider_id=asked.provider_id,
            processor=asked.processor,
            account_id=credentials.account_id,
            secrets=ConnectionSecrets(pasted={}, credentials=credentials),
        )
        async with self._database.transaction() as tx:
            made = await self._connections.permitted(tx, wanted, actor=actor)
        return await self._looks.validate(made.connection_id, scope=None, actor=actor)

    def _verifier(self, state: str) -> str:
        digest = hmac.digest(self._key.get_secret_value().encode(), f"code verifier {state}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _challenge(verifier: str) -> str:
    """S256 (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
