"""`fullhouse secrets`: how old each secret is, and putting a new one in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Keys and secrets: their ages, and new ones in their place.")


@app.callback()
def secrets() -> None:
    """Keys and secrets: their ages, and new ones in their place."""


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List each secret that services use: who has it, since when, and a fingerprint; never a value."""
    import asyncio

    from cli.environment import environ
    from cli.errors import CommandError
    from cli.output import json_line, table
    from cli.secret_ages import ages, uses_of_all

    uses, now = asyncio.run(uses_of_all(environ())), datetime.now(UTC)
    found, silent = ages(uses), [service for service, each in uses.items() if each is None]
    if as_json:
        data = [
            {
                "name": each.name,
                "used": each.used,
                "services": each.services,
                "firstUsedAt": each.first_used_at,
                "ageDays": each.age(now).days,
                "fingerprint": each.fingerprint,
            }
            for each in found
        ]
        json_line({"data": data, "silent": silent})
    else:
        rows = [
            [
                each.name,
                "used" if each.used else "accepted",
                f"{each.age(now).days} days",
                ", ".join(each.services),
                each.fingerprint[:8],
            ]
            for each in found
        ]
        table("Secrets", ("name", "value is", "age", "who has it", "fingerprint"), rows)
    if silent:
        raise CommandError(f"The databases of {', '.join(silent)} do not tell. Look at `make status`.")


@app.command()
def rotate(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="SERVICE_TOKEN_KEY, AUTH_SIGNING_KEY, TICKET_SIGNING_KEY.")
    ],
    *,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Forget the old value now, and refuse what was made with it.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where values are put that you set on your own platform.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put a new value in the place of a secret of ours, while everything runs.

    First all accept it beside the old one, then it is used, then the old one is forgotten. Each step is told; running
    it again goes on where it stopped.
    """
    from cli.errors import UsageError
    from cli.output import json_line
    from cli.rotation.carrying import Rotation, kept_here
    from cli.rotation.domain import kinds
    from cli.rotation.elsewhere import told
    from cli.steps import carry_out

    kind = kinds().get(name)
    if kind is None:
        raise UsageError(
            f"{name} is not made by us. We make {', '.join(kinds())}; fullhouse playbook credential-exposure"
        )
    again = f"fullhouse secrets rotate {name}{' --at-once' if at_once else ''}"
    if kept_here(kind):
        said = carry_out(Rotation(kind=kind, at_once=at_once).steps(), again=again, quiet=as_json)
    else:
        said = told(kind, folder=to, at_once=at_once, quiet=as_json)
    if as_json:
        json_line({"steps": said})
