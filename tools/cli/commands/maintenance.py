"""`fullhouse maintenance`: pausing purchases for a planned change, step by step, and letting them go on."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from cli.errors import CommandError
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/admin/maintenance"
# Services, and the monitor that counts for them, tell how much waits every 5 s.
_LOOK_SECONDS: Final = 1
_PATIENCE_SECONDS: Final = 300
_OPEN: Final = ("received", "processing")

app = App(help="Pause purchases for a planned change; what was begun goes on.")


@app.callback()
def maintenance() -> None:
    """Pause purchases for a planned change."""


@app.command()
def start(
    *,
    reason: Annotated[str, typer.Option(help="Why, in a sentence: buyers read it.")],
    until: Annotated[str, typer.Option(metavar="30m|TIME", help="When purchases are expected to go on.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Pause purchases, settle what was begun, wait until it is worked off, and back all databases up.

    Each step is told; a failed one stops the rest and says how to go on. Running it again does no harm.
    """
    from cli.backup.asking import backed_up
    from cli.environment import environ
    from cli.moments import coming
    from cli.output import json_line
    from cli.steps import Step, carry_out

    known = environ()
    end = coming(until, now=datetime.now(UTC)) if until else None
    steps = (
        Step(name="Pause purchases", do=lambda: _pause(known, reason, end)),
        Step(name="Settle payments that are on their way", do=lambda: _settle(known)),
        Step(name="Work off what has come", do=lambda: _work_off(known)),
        Step(name="Back up", do=lambda: backed_up(known)),
    )
    again = f"fullhouse maintenance start --reason {shlex.quote(reason)}{f' --until {until}' if until else ''}"
    said = carry_out(steps, again=again, quiet=as_json)
    if as_json:
        json_line({"steps": said})


@app.command()
def end(*, as_json: JsonOption = False) -> None:
    """Let purchases go on."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    known = environ()
    before = call(known, "GET", PATH, role="viewer")
    call(known, "POST", PATH, body={"enabled": False})
    text = f"Purchases go on; they paused since {before['since']}." if before["enabled"] else "Nothing was paused."
    result({"enabled": False, "paused": before["enabled"]}, text, as_json=as_json)


@app.command()
def status(*, as_json: JsonOption = False) -> None:
    """Show whether purchases pause, since when, why and until when."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    found = call(environ(), "GET", PATH, role="viewer")
    result(found, described(found), as_json=as_json)


def described(found: Mapping[str, Any]) -> str:
    """`Purchases pause since … by sam@example.com: We move house. Expected to go on at ….`"""
    from cli.services import plain

    if not found["enabled"]:
        return "Purchases are not paused."
    until = f" Expected to go on at {found['until']}." if found["until"] else ""
    return f"Purchases pause since {found['since']} by {found['by']}: {plain(found['reason'])}{until}"


def _pause(known: Mapping[str, str], reason: str, until: datetime | None) -> str:
    from cli.admin import call

    body = {"enabled": True, "reason": reason, "until": until.isoformat() if until else None}
    return described(call(known, "POST", PATH, body=body))


def _settle(known: Mapping[str, str]) -> str:
    """A processor that can't be asked holds no maintenance up: it may be why there is one, and is asked again later."""
    from cli.pending import processed, told

    try:
        return told(processed(known))
    except CommandError as error:
        return f"the processor could not be asked, and will be again each minute: {error}"


def _work_off(known: Mapping[str, str]) -> str:
    """Until no webhook waits to be worked on, no event waits to be sent, and every group has read all there is."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while left := _left(known):
        if time.monotonic() > deadline:
            told = ", ".join(f"{count} {what}" for what, count in left.items())
            raise CommandError(f"still there after 5 minutes: {told}. Look at `fullhouse status`.")
        time.sleep(_LOOK_SECONDS)
    return "no webhook and no event waits; buyers who are at payment can still finish it"


def _left(known: Mapping[str, str]) -> dict[str, int]:
    from cli.admin import call

    found = call(known, "GET", "/api/operations", role="viewer")
    webhooks = sum(
        len(call(known, "GET", f"/api/admin/webhooks?state={state}&limit=500", role="viewer")["data"])
        for state in _OPEN
    )
    counts = {
        "webhooks": webhooks,
        "events to send": sum(row["outbox"]["depth"] for row in found["services"]),
        "events to read": sum(found["consumerLag"].values()),
    }
    return {what: count for what, count in counts.items() if count}
