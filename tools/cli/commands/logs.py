"""`fullhouse logs`: the log lines of all services on this machine, by what one looks for (O-6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.output import JsonOption

_VIEWS: Final = "errors|payments|sms|email|slow|stock|webhooks"
_END: Final = datetime.max.replace(tzinfo=UTC)


def logs(
    view: Annotated[str, typer.Argument(metavar=_VIEWS, help="What you look for.")],
    *,
    since: Annotated[str, typer.Option(metavar="24h|TIME", help="From then on.")] = "24h",
    day: Annotated[str, typer.Option("--date", metavar="DAY", help="One day (UTC) instead, such as 2026-11-21.")] = "",
    service: Annotated[list[str] | None, typer.Option(help="Only this service's; repeatable.")] = None,
    lines: Annotated[int, typer.Option(min=1, max=100_000, help="How many, at most: the newest.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what is written from now on.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what services wrote, oldest first: errors are kept for 90 days, warnings for 30, the rest for 7."""
    from chassis.telemetry.files import log_files
    from chassis.telemetry.views import VIEWS
    from cli.errors import UsageError
    from cli.log_lines import Wanted, as_text, last_lines, new_lines
    from cli.output import json_line, say

    if view not in VIEWS:
        raise UsageError(f"There is no such view of the logs: “{view}”. Write one of {', '.join(VIEWS)}.")
    begin, end = _whole(day) if day else (_moment(since), _END)
    folder = _folder()
    wanted = Wanted(view=VIEWS[view], services=service or (), since=_text(begin), until=_text(end))
    show = json_line if as_json else lambda line: say(as_text(line))
    found = last_lines(log_files(folder), wanted, most=lines)
    for line in found:
        show(line)
    if follow:
        for line in new_lines(folder, wanted):
            show(line)
    if not found and not as_json:
        say(f"Nothing of the kind since {wanted.since}.")


def _moment(text: str) -> datetime:
    from cli.moments import moment

    return moment(text, now=datetime.now(UTC))


def _whole(day: str) -> tuple[datetime, datetime]:
    from cli.errors import UsageError

    try:
        first = datetime.combine(date.fromisoformat(day), time.min, UTC)
    except ValueError:
        raise UsageError(f"“{day}” is no day: write 2026-11-21.") from None
    return first, first + timedelta(days=1)


def _text(moment: datetime) -> str:
    """As log lines have it, so that texts can be compared."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _folder() -> Path:
    from chassis.settings import TelemetrySettings
    from cli.environment import environ
    from cli.errors import CommandError

    folder = TelemetrySettings.from_environ(environ()).log_dir
    if folder is None:
        raise CommandError(
            "No log files are kept here: LOG_DIR is not set. Where services run in containers, their platform has"
            " their lines; set LOG_DIR to a folder to keep them on this machine, too."
        )
    return folder
