"""Makes backups: each service hands its own dump over; where they are kept, and the key, only the monitor knows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

from backups.creating import ORDER, Source, create, unwatched
from backups.dumping import Dump, dump
from backups.errors import BackupError
from backups.library import Library
from backups.manifest import Manifest
from backups.serving import served_dump
from chassis.clock import Clock
from chassis.telemetry import get_logger
from chassis.tokens import Role, TokenSigner
from monitor.settings import MonitorSettings

log = get_logger()

OURSELVES: Final = "monitor"


class Backups:
    """Makes a backup of all services, and removes old ones."""

    def __init__(self, settings: MonitorSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._signer = TokenSigner(settings.auth_signing_key[0], clock=clock)
        self._clock = clock

    def library(self) -> Library:
        """Where backups are kept. Raises BackupError."""
        return Library.of(self._settings)

    async def make(self) -> None:
        """Raises BackupError, and then nothing is left of it."""
        library = self.library()
        manifest = await create(library, self._sources(), now=self._clock.now(), watch=unwatched)
        removed = await library.prune(
            self._settings.keeping, now=self._clock.now(), zone=self._settings.business_timezone
        )
        log.info("backup_made", backup=manifest.name, bytes=manifest.size, rows=_rows(manifest), removed=len(removed))

    def _sources(self) -> Mapping[str, Source]:
        known = self._settings.addresses
        if missing := [service for service in ORDER if service != OURSELVES and service not in known]:
            raise BackupError(f"The addresses of {', '.join(missing)} are not set: no backup without their databases.")
        own = partial(dump, OURSELVES, self._settings.database_url.get_secret_value())
        return {**{service: partial(self._asked, service, url) for service, url in known.items()}, OURSELVES: own}

    def _asked(self, service: str, url: str) -> AbstractAsyncContextManager[Dump]:
        token = self._signer.issue(OURSELVES, email=f"backup@{OURSELVES}", role=Role.ADMIN)
        return served_dump(service, url, token=token)


def _rows(manifest: Manifest) -> int:
    return sum(sum(part.rows.values()) for part in manifest.parts)
