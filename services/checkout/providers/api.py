"""`/api/v1/hybrid-payments/settings/{provider}`: how a provider is paid (P-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.app import conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import ExactRoute
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.providers import store
from checkout.providers.domain import ProviderAction
from checkout.providers.errors import UnknownProvider
from checkout.providers.memory import ProviderMemory
from checkout.providers.models import ProviderId, SettingsIn, SettingsOut
from checkout.providers.service import Providers

router = APIRouter(prefix="/api/v1/hybrid-payments/settings", tags=["payments"], route_class=ExactRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDeps:
    """What the routes work with.

    database: checkout's
    providers: keeps and changes them
    memory: this process's copy, renewed at once by whoever changes it here
    """

    database: Database
    providers: Providers
    memory: ProviderMemory


Deps = Annotated[ProviderDeps, provided(ProviderDeps)]


@router.get(
    "/{provider}",
    dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER, own="provider"))],
    responses=conditions(UnknownProvider),
)
async def settings_of(provider: ProviderId, deps: Deps) -> SettingsOut:
    """How the provider is paid, the defaults included."""
    known = await store.get(deps.database, provider)
    if known is None:
        raise UnknownProvider
    return SettingsOut.of(known, deps.providers.currency)


@router.patch("/{provider}", responses=conditions(UnknownProvider))
async def change_settings(
    provider: ProviderId,
    body: SettingsIn,
    deps: Deps,
    actor: Annotated[
        Actor,
        deed(ProviderAction.SETTINGS_CHANGED, Role.ADMIN, Role.PROVIDER, target="provider:{provider}", own="provider"),
    ],
) -> SettingsOut:
    """Changes how the provider is paid; the commission is for admins only."""
    async with deps.database.transaction() as tx:
        changed = await deps.providers.change(tx, provider, body.applied, actor=actor)
    await deps.memory.refresh()
    return SettingsOut.of(changed, deps.providers.currency)
