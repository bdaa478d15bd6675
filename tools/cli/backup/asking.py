"""A backup by the monitor's job, for whoever has no database at hand and waits for its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from cli.errors import CommandError

_RUNS: Final = "/api/admin/monitor/jobs/backup/runs"
_LOOK_SECONDS: Final = 1


def backed_up(environ: Mapping[str, str]) -> str:
    """Lets the job begin, and waits for its end, which the job itself limits. Raises CommandError where it fails."""
    from cli.admin import call

    job = call(environ, "POST", "/api/admin/backup", role="admin")
    asked = job["open"] or job["last"]
    while (run := _run(environ, asked["id"]))["outcome"] is None:
        time.sleep(_LOOK_SECONDS)
    return told(run)


def told(run: Mapping[str, Any]) -> str:
    """What there is to say of a run that has ended well; raises CommandError for one that hasn't."""
    if run["outcome"] == "done":
        return f"all databases, in {run['seconds']:.0f} s; `fullhouse backup list` shows it"
    why = f" ({run['error']})" if run["error"] else ""
    raise CommandError(
        f"the job `backup` ended as {run['outcome']}{why}; `fullhouse logs errors --service monitor` tells why."
    )


def _run(environ: Mapping[str, str], asked: int) -> dict[str, Any]:
    from cli.admin import call

    runs = call(environ, "GET", _RUNS, role="viewer")["data"]
    return next(run for run in runs if run["id"] == asked)
