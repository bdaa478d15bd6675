"""`fullhouse payments`: how payments of providers go (P-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from cli.errors import EXIT_FAILED, UsageError
from cli.moments import MonthOption
from cli.output import JsonOption
from cli.shape import App

app = App(help="Payments of providers: who takes them, and why.")


@app.callback()
def payments() -> None:
    """Payments of providers."""


@app.command()
def trace(
    order: Annotated[
        str, typer.Argument(help="Show what has happened to the payment of this order, by its number or id.")
    ] = "",
    *,
    appointment: Annotated[int, typer.Option(min=0, help="Show what has happened to this appointment's payment.")] = 0,
    amount: Annotated[str, typer.Option(help="Show who would take this much for the appointment, such as 80.00.")] = "",
    connection: Annotated[int, typer.Option(min=0, help="Ask this connection's processor how it stands.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Look at a payment step by step, and save the steps in a file here.

    Exit code 1 when a step fails, or the connection can't take payments.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import json_line, say
    from cli.tracing import Trace, of_appointment, of_connection, of_life

    if [bool(order), bool(appointment), bool(connection)].count(True) != 1 or (amount and not appointment):
        raise UsageError("Give an order, or --appointment, with --amount for a dry run, or --connection.")
    known = environ()

    def ask(path: str) -> Mapping[str, Any]:
        return call(known, "GET", path, role="admin")

    def validate(path: str) -> Mapping[str, Any]:
        return call(known, "POST", path, role="admin")

    made = Trace(lambda step: None if as_json else say(_line(step)))
    if connection:
        walk = of_connection(ask, validate, connection)
    elif amount:
        walk = of_appointment(ask, appointment, amount)
    else:
        subject = ("order", order_id_of(known, order)) if order else ("appointment", str(appointment))
        walk = of_life(ask, *subject)
    well = made.follow(walk)
    file = made.save(Path.cwd())
    if as_json:
        json_line({"steps": made.steps, "file": file.name})
    else:
        say(f"Saved in {file.name}.")
    if not well:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def refund(
    appointment: Annotated[int, typer.Argument(min=1, help="The appointment's id.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record and for the processor.")],
    amount: Annotated[str, typer.Option("--amount", help="Only so much, such as 49.90.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give the payment of an appointment back through whoever took it: all that is left, or an amount.

    What has no answer yet is asked for until it has one. Exit code 1 when the processor declines it.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result
    from cli.services import agreed

    known, path = environ(), f"/api/v1/appointments/{appointment}"
    found = call(known, "GET", path, role="admin")
    agreed(f"Give {amount or 'all that is left'} of {_money(found, 'price')} back?", yes=yes)
    body = {"reason": reason, **({"amount": amount} if amount else {})}
    answer = call(known, "POST", f"{path}/refund", role="admin", body=body)
    result(answer, _given_back(answer), as_json=as_json)


def _given_back(answer: Mapping[str, Any]) -> str:
    said = {"done": "is given back", "pending": "is on its way back"}
    become = said.get(answer["state"], "will be given back once the processor answers")
    return f"{_money(answer, 'amount')} {become}."


def _money(found: Mapping[str, Any], name: str) -> str:
    return f"{found[name]:.2f} {found['currency']}"


@app.command()
def reconcile(
    *,
    period: Annotated[str, typer.Option("--period", help="Payments that changed in it, such as 7d or 24h.")] = "7d",
    provider: Annotated[int, typer.Option("--provider", min=0, help="Only this provider's.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is wrong.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare what providers' processors list with what we have, both ways, and take over what is missing here.

    Exit code 0: nothing was found; 1: all of it is mended; 2: a person must look; 3: something could not be read.
    """
    from cli.comparing import exit_code, finished, show
    from cli.environment import environ
    from cli.moments import spans
    from cli.output import json_line

    run = finished(environ(), {**spans(since=period), "provider": provider or None, "dry_run": dry_run})
    if as_json:
        json_line(run)
    else:
        show(run)
    raise typer.Exit(exit_code(run))


@app.command()
def upkeep(
    procedure: Annotated[str, typer.Argument(metavar="daily|weekly|monthly", help="What is done so often.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Run now what is done by itself each day, week or month for payments of providers, and say what became of it.

    Then it shows, daily: what processors have listed, and the doctor's six checks; weekly: how that agrees with what we
    have; monthly: payment pages, fees and commission of the month before. Exit code 1 when a job fails, the others are
    run all the same, or when somebody must do something about what is shown.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, progress, table
    from cli.procedures import LOOKS
    from cli.upkeep import PROCEDURES, carried_out

    if procedure not in PROCEDURES:
        raise UsageError("Write daily, weekly or monthly.")
    known = environ()
    outcomes = []
    for each in carried_out(lambda method, path: call(known, method, path, role="operator"), procedure):
        progress(f"{each.job}: {each.outcome}")
        outcomes.append(each)
    looks = [look for looked in LOOKS[procedure] for look in looked(known)]
    if as_json:
        found = {look.name: look.document for look in looks}
        json_line({"procedure": procedure, "jobs": [asdict(each) for each in outcomes], **found})
    else:
        rows = [(each.job, each.service, each.outcome, f"{each.seconds:.1f} s", each.error) for each in outcomes]
        table(f"Upkeep, {procedure}", ("Job", "Service", "Outcome", "Took", "Why"), rows)
        for look in looks:
            look.show()
    if not all((*(each.done for each in outcomes), *(look.well for look in looks))):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def performance(*, month: MonthOption = "", as_json: JsonOption = False) -> None:
    """Show how long processors took to open payment pages, and how often they did not."""
    from cli.admin import call
    from cli.environment import environ
    from cli.figures import PERFORMANCE, show_performance
    from cli.moments import month_span
    from cli.output import json_line

    known = environ()
    found = call(known, "GET", f"{PERFORMANCE}?{urlencode(month_span(month, known))}", role="viewer")
    if as_json:
        json_line(found)
    else:
        show_performance(found)


@app.command()
def fees(*, month: MonthOption = "", as_json: JsonOption = False) -> None:
    """Compare what processors kept of payments with fees.yaml. Exit code 1 where that is off."""
    from cli.admin import call
    from cli.environment import environ
    from cli.figures import FEES, drifts, show_fees
    from cli.moments import month_span
    from cli.output import json_line

    known = environ()
    found = call(known, "GET", f"{FEES}?{urlencode(month_span(month, known))}", role="viewer")
    if as_json:
        json_line(found)
    else:
        show_fees(found)
    if drifts(found):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def emergency(
    action: Annotated[
        str,
        typer.Argument(metavar="centralize|restore|fallback", help="Put all on the platform, back, or on fallback."),
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Put all providers on the platform, or give all of them fallback; `restore` puts them back as they were.

    Prints who was changed, and who would take a payment of each of them now. Exit code 1 when nobody would of one.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table
    from cli.tracing import look

    if action not in ("centralize", "restore", "fallback"):
        raise UsageError("Write centralize, restore or fallback.")
    known = environ()
    changed = call(known, "POST", "/api/admin/providers/emergency", role="admin", body={"action": action})["changed"]
    seen = [look(lambda path: call(known, "GET", path, role="admin"), each["provider"]) for each in changed]
    if as_json:
        json_line({"changed": [{**each, "dryRun": dry_run} for each, dry_run in zip(changed, seen, strict=True)]})
    elif not changed:
        say("Nobody had to be changed.")
    else:
        rows = [_changed(each, dry_run) for each, dry_run in zip(changed, seen, strict=True)]
        table("Changed", ("Provider", "Paid", "Fallback", "A payment now"), rows)
    if any("error" in each for each in seen):
        raise typer.Exit(EXIT_FAILED)


def _changed(change: Mapping[str, Any], dry_run: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.services import printable

    fallback = ["off", "on"]
    taker = dry_run.get("error") or f"{dry_run['decision']} ({dry_run['processor']})"
    cells = (
        str(change["provider"]),
        f"{change['paymentModeBefore']} → {change['paymentMode']}",
        f"{fallback[change['fallbackEnabledBefore']]} → {fallback[change['fallbackEnabled']]}",
        taker,
    )
    return tuple(map(printable, cells))


def _line(step: Mapping[str, Any]) -> str:
    from cli.services import printable

    data = step["data"]
    shown = data if isinstance(data, str) else ", ".join(f"{name}: {value}" for name, value in data.items())
    return printable(f"{step['timestamp']}  {step['step']}  {shown}")
