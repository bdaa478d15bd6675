"""All providers at once are put on the platform, or have fallback, and are put back as they were (P-9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from chassis import audit
from chassis.audit import Actor, Change
from chassis.database import Transaction
from checkout.providers import emergency_store, store
from checkout.providers.domain import EmergencyAction, PaymentMode, Provider, ProviderAction, ProviderSettings
from checkout.providers.service import Providers


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyChange:
    """A provider that was changed, with its settings before and after."""

    provider_id: int
    before: ProviderSettings
    after: ProviderSettings


class Emergency:
    """Changes all providers in one transaction, and keeps what they were."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    async def act(self, tx: Transaction, action: EmergencyAction, *, actor: Actor) -> list[EmergencyChange]:
        """Whom it has changed; a second time it changes nobody.

        What somebody has set during the emergency is not put back: only who is still as the emergency left it.
        """
        await store.lock(tx)
        if action is EmergencyAction.RESTORE:
            changes = await self._restored(tx, actor)
        else:
            changes = await self._struck(tx, action, actor)
        kept = [
            Change(
                target=audit.target("provider", each.provider_id), before=asdict(each.before), after=asdict(each.after)
            )
            for each in changes
        ]
        await audit.record_each(tx, ProviderAction.EMERGENCY, kept, actor=actor, reason=action.value)
        return changes

    async def _struck(self, tx: Transaction, action: EmergencyAction, actor: Actor) -> list[EmergencyChange]:
        found = await self._changed(tx, await store.changed(tx, since=0), _STRIKES[action], actor)
        for each in found:
            mode = each.before.payment_mode if action is EmergencyAction.CENTRALIZE else None
            await emergency_store.keep(tx, each.provider_id, action, mode)
        return found

    async def _restored(self, tx: Transaction, actor: Actor) -> list[EmergencyChange]:
        modes, without_fallback = await emergency_store.take(tx)

        def as_it_was(provider_id: int, settings: ProviderSettings) -> ProviderSettings:
            mode = modes.get(provider_id, settings.payment_mode)
            centralized = settings.payment_mode is PaymentMode.CENTRALIZED
            return replace(
                settings,
                payment_mode=mode if centralized else settings.payment_mode,
                fallback=settings.fallback and provider_id not in without_fallback,
            )

        return await self._changed(tx, await store.changed(tx, since=0), as_it_was, actor)

    async def _changed(
        self,
        tx: Transaction,
        providers: Sequence[Provider],
        wanted: Callable[[int, ProviderSettings], ProviderSettings],
        actor: Actor,
    ) -> list[EmergencyChange]:
        """Those who have settings of their own that become others; the defaults are what an emergency wants."""
        found = []
        for provider in sorted(providers, key=lambda each: each.provider_id):
            before = provider.settings
            after = wanted(provider.provider_id, before) if before else None
            if before is not None and after is not None and after != before:
                await self._providers.save(tx, replace(provider, settings=after), actor)
                found.append(EmergencyChange(provider_id=provider.provider_id, before=before, after=after))
        return found


_STRIKES = {
    EmergencyAction.CENTRALIZE: lambda _id, settings: replace(settings, payment_mode=PaymentMode.CENTRALIZED),
    EmergencyAction.FALLBACK: lambda _id, settings: replace(settings, fallback=True),
}
