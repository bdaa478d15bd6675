"""`fullhouse secrets`: how old each secret is."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.output import JsonOption
from cli.shape import App

app = App(help="Keys and secrets, and their ages.")


@app.callback()
def secrets() -> None:
    """Keys and secrets, and their ages."""


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
