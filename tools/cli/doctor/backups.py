"""Looks at backups: whether the newest can be read, how old it is, and whether one was proved to load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cli.doctor.check import Examined, Finding, gravest, note, well, wrong

if TYPE_CHECKING:
    from backups.library import Listed

# One is made each night, and one is proved each week; a single miss is the job's to tell.
_OLD: Final = timedelta(days=2)
_UNPROVED: Final = timedelta(days=15)
_MAKE: Final = "fullhouse backup create"
_PROVE: Final = "fullhouse jobs run backup-test"


async def backups_kept(examined: Examined) -> Finding:
    """Lists them where they are kept, and asks the monitor what became of its jobs."""
    from backups.errors import BackupError
    from cli.backup import making

    try:
        listed = await making.library(examined.environ).all()
    except BackupError as error:
        return wrong(str(error), "See that BACKUP_TO leads to where backups are kept, with the keys of that place.")
    jobs = await examined.document("/api/admin/monitor/jobs")
    return judged(listed, {job["name"]: job["last"] for job in jobs["data"]}, now=datetime.now(UTC))


def judged(listed: Sequence[Listed], last: Mapping[str, Mapping[str, Any] | None], *, now: datetime) -> Finding:
    """What the backups, and the last runs of the jobs about them, mean."""
    from backups.creating import ORDER

    for each in listed:
        if each.manifest is None:
            return wrong(each.trouble, _MAKE)
        if set(ORDER) <= set(each.manifest.services):
            return _both(_dated(each.name, now - each.manifest.made_at), _proved(last["backup-test"], now))
    if last["backup"] is None:
        return note("there is none yet: the first is made tonight", _MAKE)
    return wrong("there is none, though one was made: look where BACKUP_TO leads", _MAKE)


def _both(*findings: Finding) -> Finding:
    return replace(gravest(findings), detail="; ".join(each.detail for each in findings))


def _dated(name: str, age: timedelta) -> Finding:
    text = f"the newest is {name}, {age / timedelta(hours=1):.0f} h old"
    return wrong(text, "fullhouse jobs history backup") if age > _OLD else well(text)


def _proved(run: Mapping[str, Any] | None, now: datetime) -> Finding:
    if run is None:
        return note("whether it can be loaded was not proved yet", _PROVE)
    if run["outcome"] != "done":
        return wrong(f"the last proof that one can be loaded {run['outcome']}", "fullhouse jobs history backup-test")
    if now - datetime.fromisoformat(run["endedAt"]) > _UNPROVED:
        return wrong(f"the last proof that one can be loaded is of {run['endedAt'][:10]}", _PROVE)
    return well(f"proved to load on {run['endedAt'][:10]}")
