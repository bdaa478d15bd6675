"""`fullhouse payments`: how payments of providers go (P-10)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import EXIT_FAILED, UsageError
from cli.output import JsonOption
from cli.shape import App

app = App(help="Payments of providers: who takes them, and why.")


@app.callback()
def payments() -> None:
    """Payments of providers."""


@app.command()
def trace(
    *,
    appointment: Annotated[int, typer.Option(min=0, help="Show who would take this appointment's payment.")] = 0,
    amount: Annotated[str, typer.Option(help="How much is to be paid, such as 80.00.")] = "",
    connection: Annotated[int, typer.Option(min=0, help="Show how this connection to a processor stands.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Look at a payment step by step, and save the steps in a file here. Exit code 1 when a step fails."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say
    from cli.tracing import Trace, of_appointment, of_connection

    if bool(appointment) == bool(connection) or bool(appointment) != bool(amount):
        raise UsageError("Give --appointment with --amount, or --connection.")
    known = environ()

    def ask(path: str) -> Mapping[str, Any]:
        return call(known, "GET", path, role="admin")

    made = Trace(lambda step: None if as_json else say(_line(step)))
    walk = of_appointment(ask, appointment, amount) if appointment else of_connection(ask, connection)
    well = made.follow(walk)
    file = made.save(Path.cwd())
    if as_json:
        json_line({"steps": made.steps, "file": file.name})
    else:
        say(f"Saved in {file.name}.")
    if not well:
        raise typer.Exit(EXIT_FAILED)


def _line(step: Mapping[str, Any]) -> str:
    from cli.services import printable

    data = step["data"]
    shown = data if isinstance(data, str) else ", ".join(f"{name}: {value}" for name, value in data.items())
    return printable(f"{step['timestamp']}  {step['step']}  {shown}")
