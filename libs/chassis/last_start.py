"""What a service's newest process started with, so that people see what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Database, Reader
from chassis.settings import HostSettings
from chassis.settings.fingerprints import changed, fingerprints
from chassis.telemetry import get_logger

log = get_logger()

_READ = "SELECT started_at, fingerprints FROM last_start"
_KEEP = """
INSERT INTO last_start (started_at, fingerprints) VALUES ($1, $2)
ON CONFLICT (newest) DO UPDATE SET started_at = excluded.started_at, fingerprints = excluded.fingerprints
"""


@dataclass(frozen=True, slots=True)
class LastStart:
    """The start of a service's newest process.

    at: when
    fingerprints: of each variable, by its name
    """

    at: datetime
    fingerprints: Mapping[str, str]


async def read(reader: Reader) -> LastStart | None:
    """The last start; None before the first."""
    row = await reader.fetchrow(_READ)
    return LastStart(row["started_at"], row["fingerprints"]) if row else None


async def keep(database: Database, settings: HostSettings, *, now: datetime) -> None:
    """Keeps this start instead of the last one, and logs the variables that have changed in between."""
    own = fingerprints(settings)
    async with database.transaction() as tx:
        before = await read(tx)
        await tx.execute(_KEEP, now, own)
    if before and (names := changed(before.fingerprints, own)):
        log.info("settings_changed", variables=names)
