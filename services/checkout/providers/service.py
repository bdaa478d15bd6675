"""Providers are kept, and their settings changed. Each takes the transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.telemetry import get_logger
from chassis.tokens import Role
from checkout.providers import store
from checkout.providers.domain import Provider, ProviderAction, ProviderSettings, faults
from checkout.providers.errors import UnknownProvider, own_commission, senseless
from eventbus import Outbox
from events import ProviderSettingsChanged

log = get_logger()

Change = Callable[[ProviderSettings], ProviderSettings]


class Providers:
    """Who is paid, and how."""

    def __init__(self, *, outbox: Outbox, currency: str, clock: Clock) -> None:
        """`currency`: the installation's, in which new settings are."""
        self.currency = currency
        self._outbox = outbox
        self._clock = clock

    async def keep(self, tx: Transaction, provider_id: int, *, name: str, email: str, actor: Actor) -> Provider:
        """Makes a provider known, or another name or address of one; the same a second time changes nothing."""
        await store.lock(tx)
        before = await store.get(tx, provider_id)
        wanted = replace(before or Provider(provider_id=provider_id, name=name, email=email), name=name, email=email)
        if wanted == before:
            return before
        kept = await self.save(tx, wanted, actor)
        was = _shown(before) if before else None
        await audit.record(
            tx, ProviderAction.KEPT, actor=actor, target=_target(provider_id), before=was, after=_shown(kept)
        )
        return kept

    async def change(self, tx: Transaction, provider_id: int, wanted: Change, *, actor: Actor) -> Provider:
        """Changes the settings to what `wanted` makes of them; the same a second time changes nothing.

        Raises UnknownProvider, InvalidRequest with the reason for each value that makes no sense, and RoleMissing for a
        provider that changes the commission.
        """
        await store.lock(tx)
        known = await store.get(tx, provider_id)
        if known is None:
            raise UnknownProvider
        before = known.settings_or_default(self.currency)
        after = wanted(before)
        if actor.role == Role.PROVIDER and after.commission_ppm != before.commission_ppm:
            raise own_commission()
        if found := dict(faults(after)):
            raise senseless(found)
        if after == before:
            return known
        kept = await self.save(tx, replace(known, settings=after), actor)
        await audit.record(
            tx,
            ProviderAction.SETTINGS_CHANGED,
            actor=actor,
            target=_target(provider_id),
            before=asdict(before),
            after=asdict(after),
        )
        return kept

    async def commission_of(self, reader: Reader, provider_id: int) -> int:
        """The platform's share of what the provider takes now, in millionths."""
        known = await store.get(reader, provider_id)
        settings = known.settings_or_default(self.currency) if known else ProviderSettings.default(self.currency)
        return settings.commission_ppm

    async def save(self, tx: Transaction, provider: Provider, actor: Actor) -> Provider:
        """Keeps it and tells of it; whoever calls has the store's lock, and writes the audit."""
        kept = await store.save(tx, provider)
        await self._outbox.publish(tx, self._event(kept, kept.settings_or_default(self.currency), actor))
        log.info("provider_changed", provider=str(kept.provider_id), actor=actor.name)
        return kept

    def _event(self, provider: Provider, settings: ProviderSettings, actor: Actor) -> ProviderSettingsChanged:
        return ProviderSettingsChanged(
            provider_id=provider.provider_id,
            version=provider.version,
            payment_mode=settings.payment_mode,
            commission_ppm=settings.commission_ppm,
            min_external_amount=settings.min_external,
            max_platform_amount=settings.max_platform,
            currency=settings.currency,
            preferred_processors=settings.preferred,
            fallback_enabled=settings.fallback,
            changed_by=actor.name,
            occurred_at=self._clock.now(),
        )


def _target(provider_id: int) -> str:
    return audit.target("provider", provider_id)


def _shown(provider: Provider) -> dict[str, object]:
    return {"name": provider.name, "email": provider.email}
