"""`fullhouse appointments`: what providers are booked for, and how each appointment ends (P-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Appointments of providers.")

PATH: Final = "/api/v1/appointments"
_COLUMNS: Final = ("Appointment", "Provider", "Starts", "State", "Price", "Customer")

Appointment = Annotated[int, typer.Argument(metavar="ID", min=1, help="As `appointments list` shows it.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@app.callback()
def appointments() -> None:
    """Appointments of providers."""


@app.command("list")
def list_appointments(
    *,
    provider: Annotated[int | None, typer.Option("--provider", min=1, help="Only this provider's.")] = None,
    state: Annotated[str, typer.Option("--state", help="Only booked, paid, cancelled or done ones.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List appointments, those booked first first."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.output import json_line, say, table

    filters = {"provider": str(provider or ""), "state": state}
    rows = list(pages(environ(), PATH, filters, role="admin", limit=limit))
    if as_json:
        json_line({"data": rows})
    elif not rows:
        say("There are no such appointments.")
    else:
        table("Appointments", _COLUMNS, [_cells(row) for row in rows])


@app.command()
def done(
    appointment: Appointment,
    *,
    reason: Annotated[str, typer.Option("--reason", help="What there is to say of it, for the record.")] = "",
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say that an appointment took place, once it has begun: it can't be cancelled any more, nor paid on its page."""
    from cli.output import result
    from cli.services import agreed

    agreed(f"Mark appointment {appointment} as done?", yes=yes)
    answer = _change(appointment, {"state": "done", **({"reason": reason} if reason else {})})
    result(answer, f"Appointment {appointment} is done.", as_json=as_json)


@app.command()
def cancel(
    appointment: Appointment,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record and for the processor.")],
    refund: Annotated[bool, typer.Option("--refund", help="Give all back that is left of its payment.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel an appointment, and give its money back with --refund; where that can't be, it is not cancelled."""
    from cli.output import result
    from cli.services import agreed

    money = ", and give back all that is left of its payment" if refund else ""
    agreed(f"Cancel appointment {appointment}{money}?", yes=yes)
    answer = _change(appointment, {"state": "cancelled", "reason": reason, "refund": refund})
    result(answer, f"Appointment {appointment} is cancelled.{_given_back(answer['refund'])}", as_json=as_json)


def _change(appointment: int, body: Mapping[str, Any]) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "PATCH", f"{PATH}/{appointment}", role="admin", body=body)


def _given_back(refund: Mapping[str, Any] | None) -> str:
    if refund is None:
        return ""
    money = f"{refund['amount']:.2f} {refund['currency']}"
    if refund["state"] in {"refused", "failed"}:
        return f" {money} did not go back: {refund['last_error']}"
    return f" {money} {'is given back' if refund['state'] == 'done' else 'is on its way back'}."


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.moments import stamp
    from cli.services import printable

    price = f"{row['price']:.2f} {row['currency']}"
    return (
        *map(str, (row["id"], row["provider"])),
        *map(printable, (stamp(row["starts"]), row["state"], price, row["customer_email"])),
    )
