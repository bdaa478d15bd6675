"""`fullhouse secrets`: how old each secret is, and putting a new one in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from cli.rotation.domain import Kind

app = App(help="Keys and secrets: their ages, and new ones in their place.")


@app.callback()
def secrets() -> None:
    """Keys and secrets: their ages, and new ones in their place."""


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List each secret that services use: who has it, since when, and a fingerprint; never a value."""
    import asyncio

    from cli.environment import environ, status_command
    from cli.errors import CommandError
    from cli.output import json_line, table
    from cli.secret_ages import ages, is_old, rule_of_age, uses_of_all

    known, now = environ(), datetime.now(UTC)
    rule, uses = rule_of_age(known), asyncio.run(uses_of_all(known))
    found, silent = ages(uses), [service for service, each in uses.items() if each is None]
    if as_json:
        data = [
            {
                "name": each.name,
                "used": each.used,
                "services": each.services,
                "firstUsedAt": each.first_used_at,
                "ageDays": each.age(now).days,
                "old": is_old(each, rule=rule, now=now),
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
                f"{each.age(now).days} days{', old' if is_old(each, rule=rule, now=now) else ''}",
                ", ".join(each.services),
                each.fingerprint[:8],
            ]
            for each in found
        ]
        table("Secrets", ("name", "value is", "age", "who has it", "fingerprint"), rows)
    if silent:
        raise CommandError(f"The databases of {', '.join(silent)} do not tell. Look at `{status_command()}`.")


@app.command()
def rotate(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="SERVICE_TOKEN_KEY, AUTH_SIGNING_KEY, TICKET_SIGNING_KEY, ENCRYPTION_KEY."),
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
    """Put a new value in the place of a secret of ours, or of several at a time, while everything runs.

    First all accept it beside the old one, then it is used, then the old one is forgotten; what the database keeps
    encrypted under it is encrypted anew before that. Each step is told; running it again goes on where it stopped.
    """
    from cli.output import json_line
    from cli.rotation.carrying import Rotation, kept_here
    from cli.rotation.elsewhere import told
    from cli.steps import carry_out

    kinds = _ours(names)
    again = f"fullhouse secrets rotate {' '.join(names)}{' --at-once' if at_once else ''}"
    here = [kind for kind in kinds if kept_here(kind)]
    done: dict[str, dict[str, str]] = {}
    if here:
        done["steps"] = carry_out(Rotation(kinds=here, at_once=at_once).steps(), again=again, quiet=as_json)
    if others := [kind for kind in kinds if kind not in here]:
        done["next"] = told(others, folder=to, at_once=at_once, quiet=as_json)
    if as_json:
        json_line(done)


def _ours(names: Sequence[str]) -> list[Kind]:
    """Those that we make ourselves."""
    from cli.errors import UsageError
    from cli.rotation.domain import kinds

    known = kinds()
    if others := [name for name in names if name not in known]:
        raise UsageError(
            f"{others[0]} is none of the keys that we make: these are {', '.join(known)}. For the others "
            "`fullhouse playbook credential-exposure` says what to do."
        )
    return [known[name] for name in dict.fromkeys(names)]
