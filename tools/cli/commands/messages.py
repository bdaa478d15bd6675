"""`fullhouse messages`: sends a test message, and says what its provider made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App

CHANNELS: Final = ("sms", "email")
app = App(help="Messages to people.")


@app.callback()
def messages() -> None:
    """Messages to people."""


@app.command("test")
def send_test(
    channel: Annotated[str, typer.Argument(metavar="|".join(CHANNELS), help="Which way.")],
    *,
    to: Annotated[
        str, typer.Option(help="A number or an address; else the first of SMS_TARGET_NUMBERS, the alert address.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Send a real test message, past everything that waits. Exit code 1 when its provider does not take it."""
    from cli.admin import call
    from cli.environment import environ
    from cli.errors import CommandError, UsageError
    from cli.output import result

    if channel not in CHANNELS:
        raise UsageError(f"There is no test of “{channel}”: write one of {', '.join(CHANNELS)}.")
    body = {"test": True, **({"to": to} if to else {})}
    trial = call(environ(), "POST", f"/api/{channel}/test", role="admin", body=body)
    result(trial, said(trial), as_json=as_json)
    if not trial["success"]:
        raise CommandError("The test message was not taken.")


def said(trial: Mapping[str, Any]) -> str:
    """What became of it, in a line."""
    from cli.services import plain

    code = f" (code {trial['code']})" if trial.get("code") else ""
    known = f", there known as {trial['messageId']}" if trial.get("messageId") else ""
    what = f"Taken{known}" if trial["success"] else f"Not taken: {trial.get('error') or trial['status']}{code}"
    return plain(f"{what}, after {trial['responseTime']} ms.")
