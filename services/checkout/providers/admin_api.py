"""`/api/admin/providers`: who is paid, for staff (P-1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, Words, known_filters, no_cursor
from chassis.audit import Actor
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Role
from checkout.providers import store
from checkout.providers.api import Deps
from checkout.providers.domain import EmergencyAction, PaymentMode, Provider, ProviderAction
from checkout.providers.emergency import Emergency
from checkout.providers.models import ProviderId, SettingsOut

router = APIRouter(prefix="/api/admin/providers", tags=["admin"])


class ProviderIn(Body):
    """Who a provider is."""

    name: Words
    email: EmailAddress


class ProviderOut(Out):
    """A provider, and how it is paid."""

    provider: int
    name: str
    email: str
    settings: SettingsOut = Field(description="as `/api/v1/hybrid-payments/settings/{provider}` says them")

    @classmethod
    def of(cls, provider: Provider, currency: str) -> ProviderOut:
        settings = SettingsOut.of(provider, currency)
        return cls(provider=provider.provider_id, name=provider.name, email=provider.email, settings=settings)


@router.get("", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def list_providers(
    deps: Deps,
    cursor: Annotated[str | None, Query(max_length=9)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[ProviderOut]:
    """All providers, by id."""
    after = _place(cursor) if cursor else 0
    found, following = await page_of(
        lambda most: store.find(deps.database, after=after, limit=most),
        limit=limit,
        cursor=lambda provider: str(provider.provider_id),
    )
    data = [ProviderOut.of(provider, deps.providers.currency) for provider in found]
    return Page(data=data, next_cursor=following)


class EmergencyIn(Body):
    """What is to be done to all providers."""

    action: EmergencyAction


class EmergencyChangeOut(Out):
    """A provider that was changed."""

    provider: int
    payment_mode: PaymentMode
    payment_mode_before: PaymentMode
    fallback_enabled: bool
    fallback_enabled_before: bool


class EmergencyOut(Out):
    """Whom an emergency has changed."""

    changed: list[EmergencyChangeOut]


@router.post("/emergency")
async def act_in_an_emergency(
    body: EmergencyIn, deps: Deps, actor: Annotated[Actor, deed(ProviderAction.EMERGENCY, Role.ADMIN)]
) -> EmergencyOut:
    """Puts all providers on the platform, gives all of them fallback, or puts them back as they were (P-9)."""
    async with deps.database.transaction() as tx:
        changes = await Emergency(deps.providers).act(tx, body.action, actor=actor)
    await deps.memory.refresh()
    return EmergencyOut(
        changed=[
            EmergencyChangeOut(
                provider=each.provider_id,
                payment_mode=each.after.payment_mode,
                payment_mode_before=each.before.payment_mode,
                fallback_enabled=each.after.fallback,
                fallback_enabled_before=each.before.fallback,
            )
            for each in changes
        ]
    )


@router.put("/{provider}")
async def keep_provider(
    provider: ProviderId,
    body: ProviderIn,
    deps: Deps,
    actor: Annotated[Actor, deed(ProviderAction.KEPT, Role.ADMIN, target="provider:{provider}")],
) -> ProviderOut:
    """Makes a provider known, or another name or address of one."""
    async with deps.database.transaction() as tx:
        kept = await deps.providers.keep(tx, provider, name=body.name, email=body.email, actor=actor)
    await deps.memory.refresh()
    return ProviderOut.of(kept, deps.providers.currency)


def _place(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit()):
        raise no_cursor()
    return int(cursor)
