"""What stands before a large repair: a backup of the last day that can be loaded, and a person's yes (R-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cli.errors import CommandError

# As many are repaired without further ado.
FEW: Final = 20
_YOUNG: Final = timedelta(days=1)
_RUNS: Final = "/api/admin/monitor/jobs/{}/runs"


def before_many(environ: Mapping[str, str], *, items: int, what: str, yes: bool) -> str:
    """Asks `what`, and sees that there is a backup, where there are many items; says of it what there is to say.

    Raises CommandError where nobody agrees, or no backup can be had.
    """
    if items <= FEW:
        return ""
    return before_destroying(environ, what=what, yes=yes)


def before_destroying(environ: Mapping[str, str], *, what: str, yes: bool) -> str:
    """The same for what can't be undone, however little it is."""
    from cli.services import agreed

    agreed(what, yes=yes)
    return _backed_up(environ)


def _backed_up(environ: Mapping[str, str]) -> str:
    from cli.backup.asking import backed_up
    from cli.output import progress

    if trouble := unsound(_runs(environ, "backup-test")):
        raise CommandError(f"Nothing was changed: {trouble}")
    if (made := young(_runs(environ, "backup"), now=datetime.now(UTC))) is not None:
        return f"There is a backup of {made:%Y-%m-%d %H:%M} UTC."
    progress("There is no backup of the last day: one is made …")
    return f"Backed up: {backed_up(environ)}."


def young(runs: Sequence[Mapping[str, Any]], *, now: datetime) -> datetime | None:
    """When the newest backup of the last day was begun; None without one."""
    begun = [datetime.fromisoformat(run["beganAt"]) for run in runs if run["outcome"] == "done" and run["beganAt"]]
    newest = max(begun, default=None)
    return newest if newest is not None and now - newest < _YOUNG else None


def unsound(runs: Sequence[Mapping[str, Any]]) -> str:
    """Why backups can't be relied on: the last one that was tried could not be loaded. Empty where nothing says so."""
    ended = [run for run in runs if run["outcome"] in {"done", "failed"}]
    last = max(ended, key=lambda run: str(run["endedAt"]), default=None)
    if last is None or last["outcome"] == "done":
        return ""
    return f"the last backup that was tried can't be loaded ({last['error']}). `fullhouse playbook restore`"


def _runs(environ: Mapping[str, str], job: str) -> list[dict[str, Any]]:
    from cli.admin import call

    runs: list[dict[str, Any]] = call(environ, "GET", _RUNS.format(job), role="viewer")["data"]
    return runs
