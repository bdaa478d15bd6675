"""Proves that a backup can be loaded: into databases of its own, which are gone afterwards, and by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from backups.checking import Checked
from backups.creating import ORDER, unwatched
from backups.library import Library
from backups.loading import load
from backups.manifest import Manifest
from chassis.database import Database
from chassis.telemetry import get_logger
from invariants import Violation, violations
from invariants.rules import NothingIsOversold, PaidOrdersHaveTheirTickets, PoolsEqualTheirLedger
from monitor.backups import evidence_store
from monitor.backups.scratch_store import PATIENCE, scratch

log = get_logger()

_JUDGED: Final = ("checkout", "inventory")


async def prove(library: Library, scratch_url: str) -> tuple[Manifest, list[Violation]]:
    """Loads the newest backup and judges it; returns what is broken in it. Raises BackupError where it can't be loaded.

    `scratch_url`: of a role that may make databases, on a server that has room for them.
    """
    manifest = await library.newest(ORDER)
    async with AsyncExitStack() as loaded:
        databases: dict[str, Database] = {}
        for part in manifest.parts:
            url = await loaded.enter_async_context(scratch(scratch_url, part.service))
            whole = Checked(manifest, part, library.stored(manifest, part), unwatched)
            await load(part, url, library.opened(manifest, part, whole.pieces()))
            if part.service in _JUDGED:
                databases[part.service] = await _opened(url)
                loaded.push_async_callback(databases[part.service].close)
        return manifest, await _judged(manifest, databases)


async def _judged(manifest: Manifest, databases: Mapping[str, Database]) -> list[Violation]:
    found = await evidence_store.orders_and_seats(databases["checkout"], databases["inventory"])
    stock = await evidence_store.stock(databases["inventory"])
    log.info("backup_proved", backup=manifest.name, orders=len(found.orders), seats=len(found.seats))
    return [
        *violations(found, (PaidOrdersHaveTheirTickets(),)),
        *violations(stock, (PoolsEqualTheirLedger(), NothingIsOversold())),
    ]


async def _opened(url: str) -> Database:
    patience = round(PATIENCE.total_seconds() * 1000)
    return await Database.connect(
        url, application="backup-test", pool_size=1, statement_timeout_ms=patience, silence_ms=patience + 2000
    )
