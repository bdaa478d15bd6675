"""`fullhouse passes`: entries bought ahead, whose they are, how many are left, and giving one by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

app = App(help="Passes: entries bought ahead, used up one by one.")

_COLUMNS = ("order", "pass", "left", "state", "until", "email", "id")

SessionOption = Annotated[
    str | None, typer.Option("--session", help="The payment page (cs_…) that was paid for it; given once for it.")
]


@app.callback()
def passes() -> None:
    """Passes: entries bought ahead, used up one by one."""


@app.command("list")
def list_(
    *,
    email: Annotated[str, typer.Option("--email", help="Only of this address.")] = "",
    kind: Annotated[str, typer.Option("--pass", help="Only of this kind, by its id in the catalogue.")] = "",
    state: Annotated[str, typer.Option("--state", help="Only active, frozen or ended ones.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List passes, the newest first."""
    from urllib.parse import urlencode

    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table

    wanted = {"email": email, "itemId": kind, "state": state}
    query = urlencode({**{name: value for name, value in wanted.items() if value}, "limit": limit})
    answer = call(environ(), "GET", f"/api/admin/passes?{query}", role="admin")
    if as_json:
        json_line(answer)
    elif not answer["data"]:
        say("There are no such passes.")
    else:
        table("Passes", _COLUMNS, [row(each) for each in answer["data"]])


@app.command()
def show(
    pass_: Annotated[str, typer.Argument(metavar="PASS", help="The pass's id, or its code.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show a pass: how many entries are left, until when, and each that was used."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say
    from cli.services import plain

    found = call(environ(), "GET", f"/api/admin/passes/{_id(pass_)}", role="admin")
    if as_json:
        json_line(found)
        return
    say(plain(line(found)))
    for use in found["uses"]:
        undone = f"  undone {stamp(use['undoneAt'])}" if use["undoneAt"] else ""
        say(plain(f"    entry {use['number']}  {stamp(use['usedAt'])}  {use['place']}{undone}"))


@app.command()
def grant(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose it is to be.")],
    kind: Annotated[str, typer.Argument(metavar="PASS", help="The kind of pass, by its id in the catalogue.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    session: SessionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give somebody a pass by hand: an order like a paid one, which is confirmed to its owner."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    body = {"email": email, "pass": kind, "reason": reason, "sessionId": session}
    answer = call(environ(), "POST", "/api/admin/passes", role="admin", body=body)
    told = f"{email} has the pass {kind} with order {answer['displayNumber']}, and is sent the link to it."
    result(answer, told, as_json=as_json)


@app.command()
def use(
    pass_: Annotated[str, typer.Argument(metavar="PASS", help="The pass's id, or its code.")],
    *,
    place: Annotated[str, typer.Option("--place", help="Where it is used, for the record.")] = "",
    use_id: Annotated[str | None, typer.Option("--use-id", help="The same one counts once.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Use one entry of a pass, as at the door."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    code = pass_ if _is_code(pass_) else None
    body = {"place": place, "useId": use_id, "code": code}
    answer = call(environ(), "POST", f"/api/passes/{_id(pass_)}/use", role="operator", body=body)
    told = f"Entry {answer['number']} of {answer['name']} is used; {answer['entriesLeft']} of {answer['entries']} left."
    result(answer, told, as_json=as_json)


@app.command()
def undo(
    pass_: Annotated[str, typer.Argument(metavar="PASS", help="The pass's id, or its code.")],
    entry: Annotated[int, typer.Argument(metavar="ENTRY", min=1, help="Which entry, as `fullhouse passes show` says.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    as_json: JsonOption = False,
) -> None:
    """Give an entry back to a pass that was used by mistake."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    named = _id(pass_)
    found = call(environ(), "GET", f"/api/admin/passes/{named}", role="operator")
    body = {"useId": _use(found["uses"], entry), "reason": reason}
    answer = call(environ(), "POST", f"/api/passes/{named}/undo", role="operator", body=body)
    left = f"{answer['entriesLeft']} of {answer['entries']} left"
    result(answer, f"Entry {answer['number']} of {answer['name']} is undone; {left}.", as_json=as_json)


def row(held: Mapping[str, Any]) -> tuple[str, ...]:
    """A pass as a row of the list."""
    from cli.services import printable

    left = f"{held['entriesLeft']}/{held['entries']}"
    texts = (held["orderNumber"], held["name"], left, held["state"], stamp(held["validUntil"]), held["email"])
    return (*map(printable, texts), held["passId"])


def line(held: Mapping[str, Any]) -> str:
    """A pass in a line."""
    can = "can be used" if held["usable"] else "can’t be used"
    return (
        f"{held['orderNumber']}  {held['name']}  {held['entriesLeft']} of {held['entries']} left, {can}  "
        f"{held['state']}, until {stamp(held['validUntil'])}  {held['email']}"
    )


def _is_code(text: str) -> bool:
    from chassis.pass_codes import CODE_PREFIX

    return text.strip().startswith(CODE_PREFIX)


def _id(text: str) -> str:
    """The id that was typed, or the one in the code; UsageError for what is neither."""
    from uuid import UUID

    from chassis.pass_codes import PassCodeInvalid, pass_of_code
    from cli.errors import UsageError

    try:
        return str(pass_of_code(text) if _is_code(text) else UUID(text))
    except (ValueError, PassCodeInvalid):
        raise UsageError("Name a pass by its id, or by its code (FHP1:…): `fullhouse passes list` has them.") from None


def _use(uses: Sequence[Mapping[str, Any]], entry: int) -> str:
    """The use that has taken an entry: the one that counts, else the last one that was undone."""
    from cli.errors import UsageError

    took = sorted((use for use in uses if use["number"] == entry), key=lambda use: use["undoneAt"] is not None)
    if not took:
        raise UsageError(f"Entry {entry} was not used: `fullhouse passes show` lists those that were.")
    return str(took[0]["useId"])
