"""`fullhouse audit`: who did what at the services, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.moments import stamp
from cli.output import JsonOption

OUTCOMES = ("done", "refused")


def audit(
    *,
    service: Annotated[list[str] | None, typer.Option("--service", help="Only this service's; repeatable.")] = None,
    actor: Annotated[str, typer.Option(help="Only what this person did, by email.")] = "",
    action: Annotated[str, typer.Option(help="Only this action, such as alert_acknowledged.")] = "",
    target: Annotated[str, typer.Option(help="Only what was done to this, such as user:pat@example.com.")] = "",
    outcome: Annotated[str, typer.Option(metavar="done|refused", help="Only what was done, or refused.")] = "",
    since: Annotated[str, typer.Option(help="Since: 15m, 24h, 7d ago, or an ISO 8601 time.")] = "",
    until: Annotated[str, typer.Option(help="Before, written as --since.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many, the newest of all services.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show what people did and what they were refused, newest first, over all services."""
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line
    from cli.services import each, services_named

    wanted = _wanted(actor=actor, action=action, target=target, outcome=outcome, since=since, until=until)
    query, known = urlencode({**wanted, "limit": limit}), environ()
    found = each(
        services_named(service or ()),
        lambda name: call(known, "GET", f"/api/admin/{name}/audit-log?{query}", role="admin"),
    )
    newest = _merged(found)[:limit]
    if as_json:
        json_line({"data": newest, "silent": found.silent})
    else:
        _print(newest)
    found.all_answered()


def _wanted(*, outcome: str, since: str, until: str, **exact: str) -> dict[str, str]:
    """As the API takes them; only those that say something."""
    from cli.errors import UsageError
    from cli.moments import spans

    if outcome and outcome not in OUTCOMES:
        raise UsageError(f"There is no outcome “{outcome}”: write one of {', '.join(OUTCOMES)}.")
    times = spans(since=since, until=until)
    return {name: text for name, text in {**exact, "outcome": outcome, **times}.items() if text}


def _merged(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All services' entries, newest first."""
    from datetime import datetime

    entries = [{"service": service, **entry} for service, page in found.items() for entry in page["data"]]
    return sorted(entries, key=lambda entry: datetime.fromisoformat(entry["at"]), reverse=True)


def _print(entries: list[dict[str, Any]]) -> None:
    from cli.output import say

    for entry in entries:
        say("\n".join(lines(entry)))
    if not entries:
        say("Nothing was done that fits.")


def lines(entry: Mapping[str, Any]) -> list[str]:
    """Two or three: when, where, what and its outcome; who and from where; what has changed, and why."""
    from cli.services import plain

    when = stamp(entry["at"])
    head = (when, entry["service"], entry["action"], entry["target"], _outcome(entry))
    who = entry["actor"] + (f" ({entry['role']})" if entry["role"] else "")
    whence = f"from {entry['address']}" if entry["address"] else ""
    story = "; ".join(filter(None, (*_changes(entry["before"] or {}, entry["after"] or {}), entry["reason"])))
    rest = (" ".join(filter(None, (who, whence))), story)
    return [plain("  ".join(filter(None, head))), *(f"    {plain(line)}" for line in rest if line)]


def _outcome(entry: Mapping[str, Any]) -> str:
    """`refused role_missing × 40`."""
    said = entry["outcome"] if entry["code"] is None else f"{entry['outcome']} {entry['code']}"
    return said if entry["times"] == 1 else f"{said} × {entry['times']}"


def _changes(before: Any, after: Any) -> list[str]:
    """`role: "viewer" → "operator"` for each value that is not what it was."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [f"{_short(before)} → {_short(after)}"]
    names = {**before, **after}
    moved = [name for name in names if before.get(name) != after.get(name)]
    return [f"{name}: {_short(before.get(name))} → {_short(after.get(name))}" for name in moved]


def _short(value: object) -> str:
    import json

    return "–" if value is None else json.dumps(value, ensure_ascii=False)
