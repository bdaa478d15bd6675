"""`…/connections/{id}/sync`: a connection's payments are read at its processor now (P-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from chassis import audit
from chassis.app import conditions
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database, Reader
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import SnakeOut
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.tokens import Role
from checkout.connections.domain import ConnectionAction
from checkout.connections.errors import NotConnected, UnknownConnection
from checkout.connections.models import ConnectionNumber
from checkout.connections.service import Connections
from checkout.transactions import sync_store
from checkout.transactions.sync import SyncState
from events import ConnectionStatus

router = APIRouter(prefix="/api/v1/external-payments/connections", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDeps:
    """What the routes work with.

    database: checkout's
    connections: whose payments are read
    wake: tells the worker that one is due
    clock: says what is due
    """

    database: Database
    connections: Connections
    wake: Callable[[], None]
    clock: Clock


Deps = Annotated[SyncDeps, provided(SyncDeps)]


class SyncOut(SnakeOut):
    """How far a connection's payments have been read at its processor."""

    connection: int
    state: SyncState
    seen: int = Field(description="payments that this run, or the last one, has met")
    missing: int = Field(description="of them, how many no webhook had told of, though one should have")
    outdated: int = Field(description="of how many that were here money had moved without a webhook that told it")
    since: datetime | None = Field(description="what changed before is known; null: nothing was read yet")
    started_at: datetime | None
    finished_at: datetime | None = Field(description="null while a run is under way")
    last_error: str | None = Field(description="what went wrong last, as a sentence")


@router.post("/{connection_id}/sync", responses=conditions(UnknownConnection, NotConnected))
async def sync_connection(
    connection_id: ConnectionNumber,
    deps: Deps,
    actor: Annotated[
        Actor, deed(ConnectionAction.SYNC_ASKED, Role.OPERATOR, Role.PROVIDER, target="connection:{connection_id}")
    ],
    scope: Scope,
) -> SyncOut:
    """Has its payments read now; GET says how far that is."""
    now = deps.clock.now()
    async with deps.database.transaction() as tx:
        found = await deps.connections.locked(tx, connection_id, scope)
        if found.status is not ConnectionStatus.CONNECTED:
            raise NotConnected
        await sync_store.cover(tx, now=now)
        await sync_store.bring_forward(tx, connection_id, now=now)
        shown = await _shown(tx, connection_id, now)
        asked = {"since": str(shown.since), "state": shown.state.value}
        target = audit.target("connection", connection_id)
        await audit.record(tx, ConnectionAction.SYNC_ASKED, actor=actor, target=target, after=asked)
        tx.after_commit(deps.wake)
        return shown


@router.get(
    "/{connection_id}/sync",
    dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER))],
    responses=conditions(UnknownConnection),
)
async def get_connection_sync(connection_id: ConnectionNumber, deps: Deps, scope: Scope) -> SyncOut:
    """How far its payments have been read."""
    async with deps.database.transaction() as tx:
        await deps.connections.locked(tx, connection_id, scope)
        return await _shown(tx, connection_id, deps.clock.now())


async def _shown(reader: Reader, connection_id: int, now: datetime) -> SyncOut:
    found = await sync_store.get(reader, connection_id)
    if found is None:
        return SyncOut(
            connection=connection_id, state=SyncState.WAITING, seen=0, missing=0, outdated=0, since=None,
            started_at=None, finished_at=None, last_error=None,
        )  # fmt: skip
    return SyncOut(
        connection=connection_id,
        state=found.state(now),
        seen=found.seen,
        missing=found.missing,
        outdated=found.outdated,
        since=found.since,
        started_at=found.started_at,
        finished_at=found.finished_at,
        last_error=found.last_error,
    )
