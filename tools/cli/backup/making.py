"""Backups by whoever has the databases' addresses: made, checked, pruned, and written into the monitor's audit."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from cli.errors import CommandError

if TYPE_CHECKING:
    from backups.library import Library
    from backups.manifest import Manifest
    from backups.settings import BackupSettings

T = TypeVar("T")

# The audit's words.
CREATED: Final = "backup_created"
LOADED: Final = "backup_restored"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; what is wrong with a backup, a database or Kafka becomes a sentence."""
    from backups.errors import BackupError
    from cli import connections

    try:
        return connections.run(work)
    except BackupError as error:
        raise CommandError(str(error)) from error


def settings(environ: Mapping[str, str]) -> BackupSettings:
    """Raises SettingsError."""
    from backups.settings import BackupSettings

    return BackupSettings.from_environ(environ)


def library(environ: Mapping[str, str]) -> Library:
    """Where backups are kept. Raises CommandError."""
    from backups.errors import BackupError
    from backups.library import Library

    try:
        return Library.of(settings(environ))
    except BackupError as error:
        raise CommandError(str(error)) from error


async def found(environ: Mapping[str, str], name: str, services: Sequence[str]) -> Manifest:
    """The backup of this name; without one the newest that has these services, or all where none is named."""
    from backups.creating import ORDER

    kept = library(environ)
    return await (kept.get(name) if name else kept.newest(services or ORDER))


async def make(environ: Mapping[str, str], services: Sequence[str]) -> Manifest:
    """Backs these services up."""
    from backups.creating import create
    from backups.dumping import dump
    from cli import connections
    from cli.backup.meter import Meter

    sources = {service: partial(dump, service, connections.database_url(environ, service)) for service in services}
    return await create(library(environ), sources, now=datetime.now(UTC), watch=Meter("written"))


def business_zone(environ: Mapping[str, str]) -> ZoneInfo:
    """By whose clock a day ends. Raises SettingsError."""
    from chassis.settings import TimeZoneSettings

    return TimeZoneSettings.from_environ(environ).business_timezone


async def prune(environ: Mapping[str, str], zone: ZoneInfo) -> list[str]:
    """Removes what the rule doesn't keep; returns the names."""
    return await library(environ).prune(settings(environ).keeping, now=datetime.now(UTC), zone=zone)


async def check_all(environ: Mapping[str, str], manifest: Manifest, services: Sequence[str]) -> None:
    """Reads every byte of these services' files."""
    from backups.checking import check
    from cli.backup.meter import Meter

    known = library(environ)
    for service in services:
        await check(known, manifest, manifest.part(service), watch=Meter("checked"))


async def note(environ: Mapping[str, str], service: str, action: str, manifest: Manifest) -> None:
    """Writes the deed into a service's audit."""
    from chassis import audit
    from cli import connections
    from cli.admin import actor

    known = {name: value for name, value in facts(manifest).items() if name != "name"}
    async with connections.database(environ, service) as database, database.transaction() as tx:
        await audit.record(tx, action, actor=actor(environ), target=f"backup:{manifest.name}", after=known)


def facts(manifest: Manifest) -> dict[str, Any]:
    """What people and scripts are told of a backup."""
    return {
        "name": manifest.name,
        "madeAt": manifest.made_at,
        "bytes": manifest.size,
        "services": manifest.services,
        "encrypted": manifest.key is not None,
    }
