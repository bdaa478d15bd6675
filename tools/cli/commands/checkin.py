"""`fullhouse checkin`: let people in from the command line, undo it, and see who is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App, Group
from cli.tickets import CodeArgument, OrderOption, SeatOption, shown, ticket_name

_PATH: Final = "/api/admin/checkin"
_ADMIT: Final = "admit"
_WORDS: Final[Mapping[str, str]] = {
    "admitted": "Let in",
    "already_used": "Already used",
    "void": "Not valid",
    "wrong_city": "For another city",
    "unknown": "Not one of our tickets",
}

CityOption = Annotated[str, typer.Option("--city", help="Only this city's, by its id.")]
DoorOption = Annotated[str, typer.Option("--door", help="What people call the door.")]
LimitOption = Annotated[int, typer.Option(min=1, max=500, help="At most so many, the newest.")]


class _Checkin(Group):
    """What is no command of the group is a ticket to let in."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.list_commands(ctx), "--help"}
        return super().parse_args(ctx, [_ADMIT, *args] if args and args[0] not in known else args)


app = App(help="Who comes in at the doors: `fullhouse checkin CODE`, or `--order NUMBER --seat N`.", cls=_Checkin)


@app.command(_ADMIT)
def admit(
    code: CodeArgument = "",
    *,
    order: OrderOption = "",
    seat: SeatOption = 0,
    city: CityOption = "",
    door: DoorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Let somebody in on a ticket, once; exit code 1 when it lets nobody in."""
    from cli.admin import call
    from cli.environment import environ
    from cli.errors import EXIT_FAILED
    from cli.output import result

    body = {**shown(code, order, seat), "door": door, **({"cityId": city} if city else {})}
    answer = call(environ(), "POST", _PATH, body=body)
    result(answer, sentence(answer), as_json=as_json)
    if answer["result"] != "admitted":
        raise typer.Exit(EXIT_FAILED)


@app.command()
def undo(
    code: CodeArgument = "",
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    order: OrderOption = "",
    seat: SeatOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Let a ticket be used again that was checked in by mistake."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    answer = call(environ(), "POST", f"{_PATH}/undo", body={**shown(code, order, seat), "reason": reason})
    result(answer, f"{ticket_name(answer)} can be used again.", as_json=as_json)


@app.command("list")
def list_inside(
    *,
    city: CityOption = "",
    tier: Annotated[str, typer.Option("--tier", help="Only seats of this tier.")] = "",
    door: Annotated[str, typer.Option("--door", help="Only who came in there.")] = "",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who is in, the newest first, by ticket."""
    from cli.output import json_line, say, table
    from cli.services import printable

    answer = _listed(_PATH, cityId=city, tier=tier, door=door, limit=limit)
    if as_json:
        json_line(answer)
        return
    rows = [
        (ticket_name(row), row["cityId"], row["tier"], printable(row["door"]), row["scannedAt"])
        for row in answer["data"]
    ]
    if not rows:
        say("Nobody is in yet.")
        return
    table("Who is in", ("Ticket", "City", "Tier", "Door", "Since"), rows)


@app.command()
def log(
    *,
    city: CityOption = "",
    what: Annotated[
        str, typer.Option("--what", metavar="admitted|refused|conflict|undone", help="Only what happened so.")
    ] = "",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """Show what happened at the doors, the newest first; conflicts are tickets on which two people came in."""
    from cli.output import json_line, say

    answer = _listed(f"{_PATH}/log", cityId=city, what=what, limit=limit)
    if as_json:
        json_line(answer)
        return
    for row in answer["data"]:
        say(line(row))
    if not answer["data"]:
        say("Nothing has happened yet.")


@app.command()
def count(
    city: Annotated[str, typer.Argument(metavar="CITY", help="The city's id.")], *, as_json: JsonOption = False
) -> None:
    """Show how many are in, by tier and door."""
    from cli.output import json_line, say
    from cli.services import printable

    answer = _listed(f"{_PATH}/cities/{city}")
    if as_json:
        json_line(answer)
        return
    for tier, tickets in answer["tickets"].items():
        say(f"{tier}: {answer['inside'].get(tier, 0)} of {tickets}")
    for door, came in answer["doors"].items():
        say(f"{printable(door) or 'no door'}: {came}")
    if answer["conflicts"]:
        say(f"conflicts: {answer['conflicts']} (`fullhouse checkin log --what conflict`)")


def sentence(answer: Mapping[str, Any]) -> str:
    """What the door is told, in a line."""
    from cli.services import printable

    words = [_WORDS.get(answer["result"], str(answer["result"]))]
    if answer["seat"]:
        words.append(f"{ticket_name(answer)}, {answer['tier']}, seat {answer['seat']} of {answer['seats']}")
    if used := answer["used"]:
        words.append(f"at {printable(used['door']) or 'another door'}, {used['scannedAt']}")
    elif answer["cause"]:
        words.append(printable(answer["cause"]))
    return ": ".join([words[0], "; ".join(words[1:])]) + "." if words[1:] else f"{words[0]}."


def line(row: Mapping[str, Any]) -> str:
    """A row of the log."""
    from cli.services import printable

    said = [row["scannedAt"], row["what"], ticket_name(row), row["cityId"], printable(row["door"])]
    return "  ".join([*filter(None, said), *(printable(row[name]) for name in ("cause", "reason") if row[name])])


def _listed(path: str, **filters: object) -> dict[str, Any]:
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ

    query = urlencode({name: value for name, value in filters.items() if value})
    return call(environ(), "GET", f"{path}?{query}" if query else path, role="viewer")
