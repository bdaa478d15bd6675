"""Providers and their settings as every process keeps them: routing asks no database for them (D-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.database import Database
from checkout.providers import store
from checkout.providers.domain import Provider, ProviderSettings
from checkout.providers.errors import UnknownProvider
from eventbus import Received, Start, View
from events import ProviderSettingsChanged, Topic


class ProviderMemory:
    """Renewed by the events on `payments`, and by a look now and then: the database is ours, and newer than any."""

    def __init__(self, database: Database, *, currency: str) -> None:
        """`currency`: the installation's, of the default settings."""
        self._database = database
        self.currency = currency
        self._providers: dict[int, Provider] = {}
        self._version = 0

    async def refresh(self) -> None:
        """Reads what has changed since the last time."""
        for provider in await store.changed(self._database, since=self._version):
            known = self._providers.get(provider.provider_id)
            if known is None or known.version < provider.version:
                self._providers[provider.provider_id] = provider
            self._version = max(self._version, provider.version)

    def settings(self, provider_id: int) -> ProviderSettings:
        """What counts for the provider, the defaults included; raises UnknownProvider."""
        provider = self._providers.get(provider_id)
        if provider is None:
            raise UnknownProvider
        return provider.settings_or_default(self.currency)

    def view(self) -> View:
        """Every process hears of each change."""

        async def on_change(_received: Sequence[Received[Any]]) -> None:
            await self.refresh()

        return View(
            name="providers",
            topics=(Topic.PAYMENTS,),
            types=(ProviderSettingsChanged,),
            handler=on_change,
            start=Start.NOW,
        )
