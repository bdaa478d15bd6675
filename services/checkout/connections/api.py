"""`/api/v1/external-payments/connections`: providers' accounts at processors, by admins and themselves (P-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from chassis.app import conditions, known_filters, no_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Role, RoleMissing
from checkout.connections import store
from checkout.connections.domain import ConnectionAction
from checkout.connections.errors import (
    ConnectionBusy,
    ConnectionExists,
    ConnectionNotReadable,
    CredentialsStillTaken,
    UnknownConnection,
)
from checkout.connections.looking import ConnectionLooks
from checkout.connections.models import (
    MOST_NUMBER,
    ConnectionChangeIn,
    ConnectionIn,
    ConnectionNumber,
    ConnectionOut,
    ConnectionsOut,
    ProcessorName,
    ProviderNumber,
)
from checkout.connections.service import Connections, visible
from events import ConnectionStatus

_TARGET: Final = "connection:{connection_id}"

router = APIRouter(prefix="/api/v1/external-payments/connections", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDeps:
    """What the routes work with.

    database: checkout's
    connections: the use cases
    looks: asks processors about them
    processors: the names of those that there are
    wake: tells the worker that one is due
    clock: what "too long" is measured by
    """

    database: Database
    connections: Connections
    looks: ConnectionLooks
    processors: frozenset[str]
    wake: Callable[[], None]
    clock: Clock


Deps = Annotated[ConnectionDeps, provided(ConnectionDeps)]


@router.get("", dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER)), Depends(known_filters)])
async def list_connections(
    deps: Deps,
    scope: Scope,
    provider: Annotated[ProviderNumber | None, Query()] = None,
    processor: Annotated[ProcessorName | None, Query()] = None,
    status: Annotated[ConnectionStatus | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> ConnectionsOut:
    """Those that were not revoked, the oldest first; a provider's token shows its own."""
    after = _number(cursor) if cursor else 0
    found, following = await page_of(
        lambda most: store.find(
            deps.database,
            provider=provider,
            scope=scope,
            processor=processor,
            status=status.value if status else None,
            after=after,
            limit=most,
        ),
        limit=limit,
        cursor=lambda connection: str(connection.connection_id),
    )
    now = deps.clock.now()
    return ConnectionsOut(data=[ConnectionOut.of(each, now=now) for each in found], next_cursor=following)


@router.get(
    "/{connection_id}",
    dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER))],
    responses=conditions(UnknownConnection),
)
async def get_connection(connection_id: ConnectionNumber, deps: Deps, scope: Scope) -> ConnectionOut:
    """One connection."""
    found = visible(await store.get(deps.database, connection_id), scope)
    return ConnectionOut.of(found, now=deps.clock.now())


@router.post("", responses=conditions(ConnectionExists, ConnectionNotReadable))
async def create_connection(
    body: ConnectionIn,
    deps: Deps,
    actor: Annotated[Actor, deed(ConnectionAction.CREATED, Role.ADMIN, Role.PROVIDER)],
    scope: Scope,
) -> ConnectionOut:
    """Connects an account by pasted credentials, which are encrypted at once; it is pending until it was validated."""
    wanted = body.wanted(provider_of(body.provider, scope))
    processor_of(wanted.processor, deps.processors)
    async with deps.database.transaction() as tx:
        made = await deps.connections.create(tx, wanted, actor=actor)
    deps.wake()
    return ConnectionOut.of(made, now=deps.clock.now())


@router.patch("/{connection_id}", responses=conditions(UnknownConnection, ConnectionNotReadable))
async def change_connection(
    connection_id: ConnectionNumber,
    body: ConnectionChangeIn,
    deps: Deps,
    actor: Annotated[Actor, deed(ConnectionAction.CHANGED, Role.ADMIN, Role.PROVIDER, target=_TARGET)],
    scope: Scope,
) -> ConnectionOut:
    """Changes the account's name, its credentials or where its webhooks go."""
    async with deps.database.transaction() as tx:
        after = await deps.connections.change(tx, connection_id, body.change(), scope=scope, actor=actor)
    deps.wake()
    return ConnectionOut.of(after, now=deps.clock.now())


@router.post("/{connection_id}/validate", responses=conditions(UnknownConnection, ConnectionBusy))
async def validate_connection(
    connection_id: ConnectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(ConnectionAction.VALIDATED, Role.OPERATOR, Role.PROVIDER, target=_TARGET)],
    scope: Scope,
) -> ConnectionOut:
    """Asks the processor now whether the credentials are good, and what the account can do."""
    after = await deps.looks.validate(connection_id, scope=scope, actor=actor)
    return ConnectionOut.of(after, now=deps.clock.now())


@router.post("/{connection_id}/reset", responses=conditions(UnknownConnection))
async def reset_connection(
    connection_id: ConnectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(ConnectionAction.RESET, Role.OPERATOR, Role.PROVIDER, target=_TARGET)],
    scope: Scope,
) -> ConnectionOut:
    """Forgets what went wrong: the connection is pending, and its processor is asked again at once."""
    async with deps.database.transaction() as tx:
        after = await deps.connections.reset(tx, connection_id, scope=scope, actor=actor)
    deps.wake()
    return ConnectionOut.of(after, now=deps.clock.now())


@router.delete("/{connection_id}", responses=conditions(UnknownConnection, CredentialsStillTaken))
async def revoke_connection(
    connection_id: ConnectionNumber,
    deps: Deps,
    actor: Annotated[Actor, deed(ConnectionAction.REVOKED, Role.ADMIN, Role.PROVIDER, target=_TARGET)],
    scope: Scope,
    *,
    proved: Annotated[bool, Query(description="only when its processor refuses the credentials from now on")] = False,
) -> ConnectionOut:
    """Ends a connection, at the processor too where it lets us, and forgets its secrets; what it took is kept."""
    useless = await deps.looks.give_back(connection_id, scope=scope)
    if proved and not useless:
        raise CredentialsStillTaken
    async with deps.database.transaction() as tx:
        after = await deps.connections.revoke(tx, connection_id, scope=scope, useless=useless, actor=actor)
    return ConnectionOut.of(after, now=deps.clock.now())


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or int(cursor) > MOST_NUMBER:
        raise no_cursor()
    return int(cursor)


def provider_of(named: int | None, scope: int | None) -> int:
    """The provider that is meant: a provider's token means its own, and may name no other."""
    if scope is not None and named not in {None, scope}:
        raise RoleMissing("Your token is that of another provider.")
    found = named or scope
    if found is None:
        raise InvalidRequest(fields={"provider": "Say whose connection it is."})
    return found


def processor_of(named: str, known: frozenset[str]) -> str:
    """The processor that is meant, of those that there are."""
    if named not in known:
        raise InvalidRequest(fields={"processor": f"Choose one of {', '.join(sorted(known))}."})
    return named
