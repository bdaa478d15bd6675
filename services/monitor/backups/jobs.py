"""Backups each night, and each week the proof that the newest can be loaded."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backups.errors import BackupError
from chassis.jobs import Job
from monitor.backups.errors import BackupUnsoundError
from monitor.backups.proving import prove
from monitor.backups.service import Backups
from monitor.settings import MonitorSettings

BACKUP: Final = "backup"


def jobs(backups: Backups, settings: MonitorSettings) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def test() -> None:
        scratch = settings.backup_scratch_url
        if scratch is None:
            raise BackupError("BACKUP_SCRATCH_URL is not set: nobody knows whether the backups can be loaded.")
        manifest, found = await prove(backups.library(), scratch.get_secret_value())
        if found:
            raise BackupUnsoundError(manifest.name, found)

    return (
        Job(
            name=BACKUP,
            purpose="Backs all databases up, and removes the backups that the rule no longer keeps.",
            at_most=timedelta(hours=3),
            work=backups.make,
        ),
        Job(
            name="backup-test",
            purpose="Loads the newest backup into databases of its own, and looks whether what must hold does in it.",
            at_most=timedelta(hours=3),
            work=test,
        ),
    )
