"""`fullhouse analytics`: what payments came to by day, compared with the ledgers and summed up anew (P-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer

from cli.errors import EXIT_FAILED
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/admin/analytics"
DASHBOARD: Final = "/api/v1/unified-payment-analytics/dashboard"
SinceOption = Annotated[str, typer.Option("--since", help="From this day on, such as 2026-11-01; without it all.")]

app = App(help="What payments came to, by provider, processor and day.")


@app.command()
def show(
    *,
    since: Annotated[str, typer.Option("--since", help="The first day; without it the last 30.")] = "",
    until: Annotated[str, typer.Option("--until", help="The last day; without it today.")] = "",
    provider: Annotated[int | None, typer.Option("--provider", min=1, help="Only this provider's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show revenue, fees and commission of some days."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table

    asked = {"since": since, "until": until, "provider": str(provider or "")}
    query = urlencode({name: value for name, value in asked.items() if value})
    found = call(environ(), "GET", f"{DASHBOARD}?{query}", role="viewer")
    if as_json:
        json_line(found)
        return
    columns = ("", "Payments", "Platform", "External", "Total", "Fees", "Commission", "Currency")
    rows = [("all", each) for each in found["totals"]]
    rows += [(each["processor"], each) for each in found["by_processor"]]
    rows += [(f"provider {each['provider'] or '–'}", each) for each in found["by_provider"]]
    title = f"Revenue from {found['since']} to {found['until']}, as of {found['as_of'] or 'no look yet'}"
    if rows:
        table(title, columns, [(name, *_amounts(each)) for name, each in rows])
    else:
        say(f"{title}: no payment.")


@app.command()
def verify(*, since: SinceOption = "", as_json: JsonOption = False) -> None:
    """Compare the analytics with the ledgers, to the cent, and say where they differ; exit code 1 if they do."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table

    query = urlencode({"since": since} if since else {})
    found = call(environ(), "GET", f"{PATH}/verify?{query}", role="viewer")
    differences = found["differences"]
    if as_json:
        json_line(found)
    elif differences:
        columns = ("Day", "Source", "Provider", "Processor", "Currency", "Analytics", "Ledger")
        table("Differences, in minor units", columns, [_difference(each) for each in differences])
        say("Sum these days up anew: fullhouse analytics rebuild --since " + differences[0]["day"])
    else:
        say(f"The analytics are what the ledgers come to, as of {found['asOf'] or 'no look yet'}.")
    if differences:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def rebuild(
    *,
    since: SinceOption = "",
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=1_000, help="So many days by one request.")] = 70,
    as_json: JsonOption = False,
) -> None:
    """Sum days up anew from the ledgers; run it again if it was stopped: it goes on.

    What is shown meanwhile is what was there before, and changes once, when all days are there.
    """
    from cli.admin import call
    from cli.environment import environ
    from cli.output import progress, result

    known, body = environ(), {"since": since or None, "days": at_once}
    done = call(known, "POST", f"{PATH}/rebuild", role="admin", body=body)
    while done["nextDay"]:
        progress(f"summed up before {done['nextDay']}, {done['daysLeft']} days left …")
        done = call(known, "POST", f"{PATH}/rebuild", role="admin", body=body)
    said = f"All days from {done['since']} to {done['lastDay']} are summed up anew."
    result(done, said, as_json=as_json)


def _amounts(sums: Mapping[str, Any]) -> tuple[str, ...]:
    amounts = ("platform_revenue", "external_revenue", "total_revenue", "fees", "commission")
    return (str(sums["payments"]), *(f"{sums[name]:,.2f}" for name in amounts), sums["currency"])


def _difference(row: Mapping[str, Any]) -> tuple[str, ...]:
    sums = [", ".join(f"{name} {amount}" for name, amount in row[side].items()) for side in ("shown", "ledger")]
    return (row["day"], row["source"], str(row["provider"] or "–"), row["processor"], row["currency"], *sums)
