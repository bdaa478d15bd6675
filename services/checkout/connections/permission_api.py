"""`POST …/connections/authorize`: where an account's owner permits us to use it, at the processor's own page (P-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import SnakeBody, SnakeOut
from chassis.http.scopes import Scope
from chassis.tokens import Role
from checkout.connections.api import processor_of, provider_of
from checkout.connections.domain import ConnectionAction
from checkout.connections.models import ProcessorName, ProviderNumber
from checkout.connections.permitting import Permissions

router = APIRouter(prefix="/api/v1/external-payments/connections", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDeps:
    """What the route works with.

    database: checkout's
    permissions: the use cases
    processors: the names of those that have such a page
    """

    database: Database
    permissions: Permissions
    processors: frozenset[str]


class AuthorizeIn(SnakeBody):
    """Which account is to be connected."""

    provider: ProviderNumber | None = Field(None, description="whose it is; with a provider's own token, its own")
    processor: ProcessorName


class AuthorizeOut(SnakeOut):
    """Where its owner goes now, signed in here as who asked."""

    url: str = Field(description="the processor's page; it sends its visitor back to us")
    expires_at: datetime = Field(description="until when its answer counts")


@router.post("/authorize")
async def authorize(
    body: AuthorizeIn,
    deps: Annotated[PermissionDeps, provided(PermissionDeps)],
    actor: Annotated[Actor, deed(ConnectionAction.PERMISSION_ASKED, Role.ADMIN, Role.PROVIDER)],
    scope: Scope,
) -> AuthorizeOut:
    """The processor's page on which the owner of an account permits us to use it. Its answer connects the account."""
    provider_id, processor = provider_of(body.provider, scope), processor_of(body.processor, deps.processors)
    async with deps.database.transaction() as tx:
        page = await deps.permissions.ask(tx, provider_id, processor, actor=actor)
    return AuthorizeOut.model_validate(page)
