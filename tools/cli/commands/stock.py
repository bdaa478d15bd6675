"""`fullhouse stock`: how many seats there are, how that came about, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
_PAGE: Final = 500
_COUNTS: Final = ("publicLimit", "actualLimit", "held", "sold", "spareSold", "oversold")


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

    answer = call(environ(), "GET", f"/api/inventory/{_quoted(city)}" if city else "/api/inventory", role="admin")
    cities = [answer] if city else answer["data"]
    if as_json:
        json_line({"data": cities})
        return
    rows = [tuple(map(printable, row)) for each in cities for row in _rows(each)]
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

    answer = _change("shrink", {"cityId": city, "tier": tier, "spots": spots, "public": public, "reason": reason})
    result(answer, f"{city} {_limits(answer)}.", as_json=as_json)


@app.command()
def reset(city: City, *, tier: TierOption = "", reason: Reason, as_json: JsonOption = False) -> None:
    """Set limits back to those with which the catalogue begins the city; what is sold and held stays."""
    from cli.output import result

    answer = _change("reset", {"cityId": city, "reason": reason, **({"tier": tier} if tier else {})})
    result(answer, "\n".join(f"{city} {_limits(each)}." for each in answer["pools"]), as_json=as_json)


@app.command()
def audit(*, city: CityOption = "", as_json: JsonOption = False) -> None:
    """Count every pool again by ledger, holds, tickets and checkout's orders; exit code 1 when one is wrong."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

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

    filters = {"cityId": city, "tier": tier, "operation": operation, "orderId": order, "actor": actor}
    rows = list(_pages({name: value for name, value in filters.items() if value}, limit=None if csv else limit))
    if csv:
        print_csv(rows[::-1])
    elif as_json:
        json_line({"data": rows})
    else:
        say("\n".join(line for row in rows for line in lines(row)) or "There is no such change.")


def lines(row: Mapping[str, Any]) -> tuple[str, str]:
    """What was done to which pool, by whom and why; what it changed."""
    from cli.services import plain

    changed = [
        f"{name} {row['before'][name]} → {row['after'][name]}"
        for name in _COUNTS
        if row["before"].get(name) != row["after"].get(name) and name in row["before"]
    ]
    moment = f"{row['timestamp'][:19].replace('T', ' ')}Z"
    head = f"{moment}  {row['cityId']} {row['tier'].upper()}  {row['operation']} {row['quantity']}  {row['actor']}"
    order = f"; order {row['orderId']}" if row["orderId"] else ""
    return plain(head), plain(f"    {', '.join(changed) or 'begun'}; {row['reason']}{order}")


def audited(answer: Mapping[str, Any]) -> Iterator[str]:
    """What was found; what could not be compared is said as well."""
    from cli.services import plain

    for row in answer["data"]:
        pool = f"{row['cityId']} {row['tier'].upper()}"
        yield plain(f"✗ {pool}: {row['what']} is {row['actual']}, its {row['source']} say {row['expected']}")
    if not answer["data"]:
        yield f"✓ {answer['pools']} pools are what everything else says."
    for source, why in answer["unjudged"].items():
        yield plain(f"· Not compared with {source}: {why}.")


def corrected(answer: Mapping[str, Any]) -> Iterator[str]:
    """What each pool was and is."""
    from cli.services import plain

    for each in answer["corrected"]:
        before, after = each["before"], each["after"]
        moved = ", ".join(f"{name} {before[name]} → {after[name]}" for name in _COUNTS if before[name] != after[name])
        yield plain(f"{answer['cityId']} {each['tier'].upper()} is corrected: {moved or 'its ledger goes on'}.")
    if not answer["corrected"]:
        yield "Nothing was wrong."


def _change(what: str, body: Mapping[str, Any]) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "POST", f"{ADMIN}/{what}", role="admin", body=body)


def _pages(filters: Mapping[str, str], *, limit: int | None) -> Iterator[Mapping[str, Any]]:
    """The newest first; all of them without a limit."""
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ
    from cli.output import progress

    known, cursor, left = environ(), None, limit
    while left is None or left > 0:
        asked = {**filters, "limit": min(_PAGE, left or _PAGE), **({"cursor": cursor} if cursor else {})}
        page = call(known, "GET", f"{ADMIN}/transactions?{urlencode(asked)}", role="viewer")
        yield from page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return
        left = None if left is None else left - len(page["data"])
        progress(f"Back to {page['data'][-1]['timestamp']} …")


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """A line a change, with the pool's counts before and after it."""
    import csv
    import sys

    plain = ("id", "timestamp", "cityId", "tier", "operation", "quantity", "orderId", "actor", "reason", "eventId")
    written = csv.writer(sys.stdout, lineterminator="\n")
    counts = [(when, name) for when in ("before", "after") for name in _COUNTS]
    written.writerow([*plain, *(f"{when}.{name}" for when, name in counts)])
    for row in rows:
        written.writerow([*(_cell(row[name]) for name in plain), *(row[when].get(name, "") for when, name in counts)])


def _cell(value: object) -> object:
    """A person's words are no formula for the program that opens the file."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t"} else value


def _rows(city: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for tier, offered in city["publicLimits"].items():
        numbers = (city[name][tier] for name in ("actualLimits", "sold", "held", "publicAvailable", "status"))
        yield city["cityId"], tier, *map(str, (offered, *numbers))


def _limits(each: Mapping[str, Any]) -> str:
    """`GA has 45 seats now, 35 before; 40 are offered, 30 before`"""
    before, after = each["before"], each["after"]
    room = f"{each['tier'].upper()} has {after['actual']} seats now, {before['actual']} before"
    return f"{room}; {after['public']} are offered, {before['public']} before"


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
