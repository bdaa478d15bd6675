"""`fullhouse stock`: how many seats there are, how that came about, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Seats of cities: how many there are, and whether that is right.")

City = Annotated[str, typer.Argument(metavar="CITY", help="The city's id, as `fullhouse stock show` names it.")]
Tier = Annotated[str, typer.Argument(metavar="TIER", help="The tier, such as ga or vip.")]
Spots = Annotated[int, typer.Argument(metavar="SPOTS", help="How many seats.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
CityOption = Annotated[str, typer.Option("--city", help="Only this city.")]
TierOption = Annotated[str, typer.Option("--tier", help="Only this tier.")]
ADMIN: Final = "/api/admin/inventory"


@app.callback()
def stock() -> None:
    """Seats of cities."""


@app.command()
def show(*, city: CityOption = "", as_json: JsonOption = False) -> None:
    """Show the seats of each city by tier: offered, in the room, sold, held and left."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, table
    from cli.services import printable
    from cli.stock import rows_of

    answer = call(environ(), "GET", f"/api/inventory/{_quoted(city)}" if city else "/api/inventory", role="admin")
    cities = [answer] if city else answer["data"]
    if as_json:
        json_line({"data": cities})
        return
    rows = [tuple(map(printable, row)) for each in cities for row in rows_of(each)]
    table("Seats", ("City", "Tier", "Offered", "In the room", "Sold", "Held", "Left", "Status"), rows)


@app.command()
def expand(
    city: City,
    tier: Tier,
    spots: Spots,
    *,
    reason: Reason,
    public: Annotated[bool, typer.Option("--public", help="Offer them on the pages as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Open up to 50 more seats: in the room, and with --public on the pages. At once, and audited with your name."""
    from cli.admin import person
    from cli.environment import environ
    from cli.output import result

    known = environ()
    body = {"additionalSpots": spots, "authorizedBy": person(known), "public": public}
    answer = _change("expand", {**body, "cityId": city, "tier": tier, "reason": reason})
    where = "on the pages as well" if public else "the pages offer as many as before"
    told = f"{city} {tier.upper()} has {answer['after']} seats now, {answer['before']} before; {where}."
    result(answer, told, as_json=as_json)


@app.command()
def shrink(
    city: City,
    tier: Tier,
    spots: Spots,
    *,
    reason: Reason,
    public: Annotated[bool, typer.Option("--public", help="Take as many from the pages.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take free seats away; what is sold and held stays."""
    from cli.output import result
    from cli.stock import limits

    answer = _change("shrink", {"cityId": city, "tier": tier, "spots": spots, "public": public, "reason": reason})
    result(answer, f"{city} {limits(answer)}.", as_json=as_json)


@app.command()
def reset(city: City, *, tier: TierOption = "", reason: Reason, as_json: JsonOption = False) -> None:
    """Set limits back to those with which the catalogue begins the city; what is sold and held stays."""
    from cli.output import result
    from cli.stock import limits

    answer = _change("reset", {"cityId": city, "reason": reason, **({"tier": tier} if tier else {})})
    result(answer, "\n".join(f"{city} {limits(each)}." for each in answer["pools"]), as_json=as_json)


@app.command()
def audit(*, city: CityOption = "", as_json: JsonOption = False) -> None:
    """Count every pool again by ledger, holds, tickets and checkout's orders; exit code 1 when one is wrong."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result
    from cli.stock import audited

    path = f"{ADMIN}/audit?cityId={_quoted(city)}" if city else f"{ADMIN}/audit"
    answer = call(environ(), "GET", path, role="viewer")
    result(answer, "\n".join(audited(answer)), as_json=as_json)
    if answer["data"]:
        raise typer.Exit(1)


@app.command()
def fix(
    city: City,
    *,
    tier: TierOption = "",
    sold: Annotated[int | None, typer.Option("--sold", min=0, help="How many are sold, as you know it.")] = None,
    reason: Reason,
    as_json: JsonOption = False,
) -> None:
    """Make pools what their tickets, holds and ledger say, by an entry that is added to the ledger.

    With --tier and --sold it is done only if as many tickets are issued.
    """
    from cli.errors import UsageError
    from cli.output import result
    from cli.stock import corrected

    if sold is not None and not tier:
        raise UsageError("--sold is of one tier: name it with --tier.")
    named = {**({"tier": tier} if tier else {}), **({} if sold is None else {"sold": sold})}
    answer = _change("audit/fix", {"cityId": city, "reason": reason, **named})
    result(answer, "\n".join(corrected(answer)), as_json=as_json)


@app.command()
def transactions(
    *,
    city: CityOption = "",
    tier: TierOption = "",
    operation: Annotated[str, typer.Option("--operation", help="Only these: hold, sell, expand, correct …")] = "",
    order: Annotated[str, typer.Option("--order", help="Only those of this order.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="Only what this service or person did.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: all of them, the oldest first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the ledger: every change of a pool, with who did it and why. What a pool is, its last row says."""
    from cli.output import json_line, say
    from cli.stock import lines, print_csv

    filters = {"cityId": city, "tier": tier, "operation": operation, "orderId": order, "actor": actor}
    rows = list(_pages("transactions", filters, limit=None if csv else limit))
    if csv:
        print_csv(rows[::-1])
    elif as_json:
        json_line({"data": rows})
    else:
        say("\n".join(line for row in rows for line in lines(row)) or "There is no such change.")


@app.command()
def oversold(
    *,
    city: CityOption = "",
    tier: TierOption = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the longest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who has paid for seats that there are not. A seat that comes free goes to the first of them by itself."""
    from cli.output import json_line, say
    from cli.stock import owed

    rows = list(_pages("oversold", {"cityId": city, "tier": tier}, limit=limit, role="admin"))
    if as_json:
        json_line({"data": rows})
    else:
        say("\n".join(line for row in rows for line in owed(row)) or "Everybody who paid has a seat.")


@app.command()
def seats(
    *,
    city: CityOption = "",
    tier: TierOption = "",
    place: Annotated[str, typer.Option("--place", help="Only public, spare, oversold or returned ones.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV: all of them.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the seats that were sold, each with its order. Public and spare ones are as many as the pool has sold."""
    from cli.output import json_line, table
    from cli.services import printable
    from cli.stock import SEAT, SEAT_SHOWN, write_csv

    rows = list(_pages("seats", {"cityId": city, "tier": tier, "place": place}, limit=None if csv else limit))
    if csv:
        write_csv(SEAT, ([row[name] for name in SEAT] for row in rows))
    elif as_json:
        json_line({"data": rows})
    else:
        cells = [tuple(printable("–" if row[name] is None else row[name]) for name in SEAT_SHOWN) for row in rows]
        table("Seats", SEAT_SHOWN, cells)


def _change(what: str, body: Mapping[str, Any]) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "POST", f"{ADMIN}/{what}", role="admin", body=body)


def _pages(
    what: str, filters: Mapping[str, str], *, limit: int | None, role: str = "viewer"
) -> Iterator[Mapping[str, Any]]:
    from cli.admin import pages
    from cli.environment import environ

    return pages(environ(), f"{ADMIN}/{what}", filters, role=role, limit=limit)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
