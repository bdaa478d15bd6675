"""Looks at this machine: its clock beside those of databases and gateway, and room on its disk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from cli.doctor.asking import SilentError, ask
from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.environment import ROOT, SERVICES, status_command

# A webhook's signature is taken within 300 s; a Date header is cut to whole seconds.
_LARGE_SECONDS: Final = 30.0
_SMALL_SECONDS: Final = 3.0
_FULL: Final = 0.05
_FILLING: Final = 0.10
_SYNCHRONISE: Final = (
    "Synchronise the machines' clocks (chrony or systemd-timesyncd): signatures and tokens depend on them."
)


async def clocks_agree(examined: Examined) -> Finding:
    """Compares the own clock with each database's and with the gateway's."""
    found = await asyncio.gather(_gateway(examined), *(_database(examined, service) for service in SERVICES))
    return clocks_judged({name: skew for name, skew in found if skew is not None})


def clocks_judged(skews: Mapping[str, float]) -> Finding:
    """`skews`: by how many seconds each other clock is ahead of ours."""
    if not skews:
        return note("there is no other clock to compare with", status_command())
    lines = [f"{name} {seconds:+.1f} s" for name, seconds in skews.items()]
    name, most = max(skews.items(), key=lambda each: abs(each[1]))
    text = f"{name} differs by {most:+.1f} s"
    if abs(most) > _LARGE_SECONDS:
        return wrong(text, _SYNCHRONISE, lines=lines)
    if abs(most) > _SMALL_SECONDS:
        return note(text, _SYNCHRONISE, lines=lines)
    return well(f"{', '.join(skews)} agree with this machine", lines=lines)


async def disk_free(examined: Examined) -> Finding:
    """Looks at the disk on which state and logs of this machine lie."""
    named = examined.environ.get("LOG_DIR") or str(ROOT)
    place = next((path for path in (Path(named), *Path(named).parents) if path.exists()), Path("/"))
    usage = shutil.disk_usage(place)
    return disk_judged(usage.free, usage.total)


def disk_judged(free: int, total: int) -> Finding:
    """Whether there is room to write."""
    text = f"{free / 1e9:.1f} of {total / 1e9:.1f} GB are free"
    remedy = "Remove old backups and logs, or give the disk more room: Kafka and PostgreSQL stop on a full one."
    if free < _FULL * total:
        return wrong(text, remedy)
    return note(text, remedy) if free < _FILLING * total else well(text)


async def _database(examined: Examined, service: str) -> tuple[str, float | None]:
    from chassis.database import DatabaseError
    from chassis.errors import Unavailable
    from cli import connections
    from cli.errors import CommandError

    try:
        async with connections.database(examined.environ, service) as opened:
            before = datetime.now(UTC)
            theirs: datetime = await opened.fetchval("SELECT clock_timestamp()")
            return f"{service}'s database", _ahead(theirs, before, datetime.now(UTC))
    except (CommandError, Unavailable, DatabaseError):
        return service, None


async def _gateway(examined: Examined) -> tuple[str, float | None]:
    before = datetime.now(UTC)
    try:
        answer = await ask(examined.http, "GET", f"{examined.address}/api/health")
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (SilentError, KeyError, ValueError):
        return "gateway", None
    return "gateway", _ahead(theirs, before, datetime.now(UTC))


def _ahead(theirs: datetime, before: datetime, after: datetime) -> float:
    """By how much another clock that was read between two moments of ours is ahead; 0 within them."""
    if before <= theirs <= after:
        return 0.0
    return (theirs - (after if theirs > after else before)).total_seconds()
