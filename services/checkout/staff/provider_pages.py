"""`/staff/providers`: who is paid how, for staff; a provider sees and changes its own settings (P-1, W-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response

from chassis import formats
from chassis.app import PlainText
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.providers import store
from checkout.providers.domain import ProviderAction, ProviderSettings, faults
from checkout.providers.errors import UnknownProvider
from checkout.providers.memory import ProviderMemory
from checkout.providers.models import ProviderId
from checkout.providers.service import Providers
from checkout.staff.own_pages import PROVIDERS, own_pages, provider_address
from checkout.staff.provider_forms import SettingsForm, in_our_words
from checkout.staff.provider_views import MODES, form_of, places, provider_rows, setting_rows
from ui.staff import StaffRoute, StaffSite

router = APIRouter(include_in_schema=False, route_class=StaffRoute)

ROWS: Final = 50
_REFUSED: Final = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPageDeps:
    """What the pages work with.

    site: templates and the business's clock
    database: checkout's own
    providers: changes them
    memory: this process's copy, renewed at once by whoever changes it here
    processors: the names of those that there are
    clock: the time
    """

    site: StaffSite
    database: Database
    providers: Providers
    memory: ProviderMemory
    processors: frozenset[str]
    clock: Clock

    def page(self, template: str, *, status: int = 200, **context: object) -> Response:
        """A page as of now."""
        at = formats.zoned_time(self.clock.now(), self.site.zone.key)
        return self.site.page(template, status=status, at=at, **context)


Deps = Annotated[ProviderPageDeps, provided(ProviderPageDeps)]


@router.get(PROVIDERS)
async def providers(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER))],
    scope: Scope,
    deps: Deps,
    after: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """All of them, by number; a provider goes to its own settings."""
    if scope is not None:
        return RedirectResponse(provider_address(scope), status_code=303, headers={"Cache-Control": "no-store"})
    found, following = await page_of(
        lambda most: store.find(deps.database, after=after, limit=most),
        limit=ROWS,
        cursor=lambda each: str(each.provider_id),
    )
    return deps.page(
        "providers.html",
        person=viewer.email,
        rows=provider_rows(found, deps.providers.currency),
        more=f"{PROVIDERS}?after={following}" if following else None,
    )


def typed_settings(
    payment_mode: PlainText = "",
    commission_rate: PlainText = "",
    min_external_amount: PlainText = "",
    max_platform_amount: PlainText = "",
    preferred_processors: Annotated[list[PlainText] | None, Query(max_length=20)] = None,
    fallback_enabled: bool = False,
) -> SettingsForm:
    """A dependency: what somebody has typed so far."""
    return SettingsForm(
        payment_mode=payment_mode,
        commission_rate=commission_rate.strip(),
        min_external_amount=min_external_amount.strip(),
        max_platform_amount=max_platform_amount.strip(),
        preferred_processors=preferred_processors or [],
        fallback_enabled=fallback_enabled,
    )


@router.get(f"{PROVIDERS}/{{provider}}")
async def settings(
    provider: ProviderId,
    person: Annotated[Principal, Depends(require(Role.VIEWER, Role.PROVIDER, own="provider"))],
    typed: Annotated[SettingsForm, Depends(typed_settings)],
    deps: Deps,
    done: bool = False,
) -> Response:
    """How the provider is paid, with the form; once it is filled in, what it would come to."""
    known = await store.get(deps.database, provider)
    if known is None:
        raise UnknownProvider
    before = known.settings_or_default(deps.providers.currency)
    filled_in = bool(typed.payment_mode)
    after, problems = _look(typed, before) if filled_in else (None, {})
    typed = typed if filled_in else form_of(before)
    return deps.page(
        "provider.html",
        status=_REFUSED if problems else 200,
        person=person.email,
        own_pages=own_pages(person.provider_id),
        home=PROVIDERS if person.provider_id is None else provider_address(provider),
        provider=known,
        currency=before.currency,
        settings=setting_rows(before),
        may=person.role in {Role.ADMIN, Role.PROVIDER},
        may_set_commission=person.role is Role.ADMIN,
        typed=typed,
        modes=[(mode.value, word) for mode, word in MODES.items()],
        places=places(typed, deps.processors),
        problems=problems,
        asked=after is not None,
        changes=setting_rows(before, after) if after else [],
        done=done,
    )


@router.post(f"{PROVIDERS}/{{provider}}")
async def change(
    provider: ProviderId,
    actor: Annotated[
        Actor,
        deed(ProviderAction.SETTINGS_CHANGED, Role.ADMIN, Role.PROVIDER, target="provider:{provider}", own="provider"),
    ],
    form: Annotated[SettingsForm, Form()],
    deps: Deps,
) -> Response:
    """As the person who is signed in; a repeat changes nothing."""
    async with deps.database.transaction() as tx:
        await deps.providers.change(tx, provider, form.applied, actor=actor)
    await deps.memory.refresh()
    return RedirectResponse(f"{provider_address(provider)}?done=true", status_code=303)


def _look(typed: SettingsForm, before: ProviderSettings) -> tuple[ProviderSettings | None, Mapping[str, str]]:
    """What the settings would be; or what is in the way, by field."""
    try:
        after = typed.applied(before)
    except InvalidRequest as refused:
        return None, in_our_words(refused.fields)
    found = dict(faults(after))
    return (None, found) if found else (after, {})
