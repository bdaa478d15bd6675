"""A reconciliation from its begin to its end, and what it came to in words."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from cli.admin import call
from cli.backup.guard import before_many
from cli.moments import moment
from cli.output import progress, say, table
from cli.services import plain, printable

PATH: Final = "/api/admin/reconciliation"
NOTHING_FOUND: Final = "No missing subscriptions found"
_CODES: Final = {"nothing": 0, "repaired": 1, "person": 2, "unreadable": 3}
# Seconds between two looks at the run, which has all that was found so far: longer each time.
_FIRST_LOOK, _LONGEST_LOOK = 0.2, 2.0


def body(*, since: str, email: str, session: str, order: str, account: str, dry_run: bool) -> dict[str, Any]:
    """What is asked for; what was left out is null."""
    return {
        "since": moment(since, now=datetime.now(UTC)).isoformat() if since else None,
        "email": email or None,
        "sessionId": session or None,
        "orderId": order or None,
        "account": account or None,
        "dryRun": dry_run,
    }


def finished(known: Mapping[str, str], wanted: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
    """The run, when it is done; where it wants to mend much, a backup is there before, and somebody has agreed."""
    run = call(known, "POST", PATH, body=wanted)
    path = f"{PATH}/{quote(run['runId'], safe='')}"
    said, pause = "", _FIRST_LOOK
    while run["state"] != "done":
        if run["state"] == "held":
            _agree(known, run, path, yes=yes)
        if (now := _standing(run)) != said:
            progress(now)
            said = now
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK)
        run = call(known, "GET", path, role="viewer")
    return run


def exit_code(run: Mapping[str, Any]) -> int:
    """The worst counts."""
    return _CODES.get(run["outcome"], max(_CODES.values()))


def show(run: Mapping[str, Any]) -> None:
    """A table of what was found, what a person must do, and the number checked of each account."""
    if run["differences"]:
        rows = [[printable(cell) for cell in _row(each)] for each in run["differences"]]
        table("Found", ("What", "Of", "Order", "Account", "Evidence", "Now"), rows)
    for line in lines(run):
        say(plain(line))


def lines(run: Mapping[str, Any]) -> Iterator[str]:
    """What is said below the table."""
    for each in run["differences"]:
        if each["state"] == "person" and not each["closedBy"]:
            yield f"{each['kind']} {each['subject']}: {each['reason']}. Do: {each['command']}"
    for account, checked in _accounts(run).items():
        yield f"{account}: {checked}"
    troubles = [each for each in run["checked"] if each["trouble"]]
    for each in troubles:
        yield f"NOT READ: {each['account']}, {each['trouble']}. Nothing is said of what stands there."
    if run["outcome"] == "nothing":
        yield f"{NOTHING_FOUND}."
    elif not run["found"] and not run["waiting"]:
        yield f"{NOTHING_FOUND} in what could be read."
    else:
        yield _summary(run)


def _summary(run: Mapping[str, Any]) -> str:
    words = {
        "found": f"{run['found']} found",
        "repaired": f"{run['repaired']} mended",
        "gone": f"{run['gone']} in order by then",
        "person": f"{run['person']} for a person",
        "waiting": f"{run['waiting']} waiting for a person since before",
        "left": f"{run['left']} left as they are",
    }
    return ", ".join(text for name, text in words.items() if name == "found" or run[name]) + "."


def _accounts(run: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for each in run["checked"]:
        found.setdefault(each["account"], []).append(f"{each['checked']} {each['detector']}")
    return {account: ", ".join(parts) + " checked" for account, parts in found.items()}


def _row(difference: Mapping[str, Any]) -> tuple[str, ...]:
    evidence = " ".join(f"{name}={value}" for name, value in difference["evidence"].items() if value is not None)
    return (
        difference["kind"],
        difference["subject"],
        difference["orderId"] or "",
        difference["account"],
        evidence,
        "waits for a person" if difference["waited"] and difference["state"] == "person" else difference["state"],
    )


def _standing(run: Mapping[str, Any]) -> str:
    checked = sum(each["checked"] for each in run["checked"])
    reading = next((each for each in run["checked"] if each["state"] == "due"), None)
    doing = f"reading {reading['detector']} of {reading['account']}" if reading else run["state"]
    return f"{checked} checked, {run['found']} found, {run['repaired']} mended; {doing} …"


def _agree(known: Mapping[str, str], run: Mapping[str, Any], path: str, *, yes: bool) -> None:
    progress(before_many(known, items=run["left"], what=f"Mend {run['left']} things?", yes=yes))
    call(known, "POST", f"{path}/agree")
