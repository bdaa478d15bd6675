"""`fullhouse dlq`: events that were given up, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.moments import stamp
from cli.output import JsonOption
from cli.shape import App

app = App(
    help="Dead letters: events that a service gave up. Each is named by service and number, as inventory/17.",
)

_MANY = "Which: inventory/17 … Without any, all dead ones that the filters fit."
Letters = Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...", help=_MANY)]
Service = Annotated[list[str] | None, typer.Option(help="Only this service's; repeatable.")]
Group = Annotated[list[str] | None, typer.Option(help="Only this consumer group's; repeatable.")]
TopicOption = Annotated[list[str] | None, typer.Option(help="Only from this topic; repeatable.")]
Type = Annotated[list[str] | None, typer.Option("--type", help="Only this type, as order.paid; repeatable.")]
State = Annotated[
    list[str] | None, typer.Option(metavar="dead|redriven|applied|dropped", help="Only in this state; repeatable.")
]
Since = Annotated[str, typer.Option(help="Died since: 15m, 24h, 7d ago, or an ISO 8601 time.")]
Until = Annotated[str, typer.Option(help="Died before, written as --since.")]
Reason = Annotated[str, typer.Option(help="Only with this text in the reason.")]
Because = Annotated[str, typer.Option(help="Why; kept in the letter's history with your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
All = Annotated[bool, typer.Option("--all", help="Really all dead letters, without any filter.")]


@app.callback()
def dlq() -> None:
    """Dead letters."""


@app.command("list")
def list_(
    *,
    service: Service = None,
    group: Group = None,
    topic: TopicOption = None,
    type_: Type = None,
    state: State = None,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many of each service.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List letters, the newest first; without --state those that wait for a person."""
    from cli import letters
    from cli.environment import environ
    from cli.output import json_line
    from cli.services import each, services_named

    wanted = _wanted(group, topic, type_, state or ["dead"], since, until, reason)
    known = environ()
    found = each(services_named(service or ()), lambda name: letters.page(known, name, {**wanted, "limit": limit}))
    if as_json:
        json_line({name: dict(page) for name, page in found.items()})
    else:
        _print_list(found)
    found.all_answered()


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="Which, as inventory/17.")],
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="Every byte, personal and secret ones too; asks as admin.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a letter: why it died, its record (masked unless --raw) and what people did about it."""
    from cli.admin import call
    from cli.environment import environ
    from cli.letters import reference
    from cli.output import json_line

    service, number = reference(letter)
    path = f"/api/admin/{service}/dlq/{number}"
    found = call(environ(), "GET", f"{path}?raw=true" if raw else path, role="admin" if raw else "viewer")
    if as_json:
        json_line(found)
    else:
        _print_letter(service, found)


@app.command()
def redrive(
    letter: Letters = None,
    *,
    service: Service = None,
    group: Group = None,
    topic: TopicOption = None,
    type_: Type = None,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    everything: All = False,
    wait: Annotated[bool, typer.Option(help="Wait until the groups have worked through them.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Hand letters back to their groups, which apply each once, however often it is redriven."""
    from cli.errors import CommandError
    from cli.output import result
    from cli.settling import redrive_all, redrive_named

    wanted = _wanted(group, topic, type_, (), since, until, reason)
    if letter:
        _only_letters(wanted, service)
        done = redrive_named(letter, wait=wait)
    else:
        _some_filter(wanted, service, everything)
        done = redrive_all(service or (), wanted, wait=wait)
    result(done, _redriven(done, waited=wait), as_json=as_json)
    if done["silent"] or (wait and (done["died"] or done["waiting"])):
        raise CommandError("Not all are applied: look with `fullhouse dlq list` and `fullhouse subscriptions list`.")


@app.command()
def drop(
    letter: Letters = None,
    *,
    because: Because,
    service: Service = None,
    group: Group = None,
    topic: TopicOption = None,
    type_: Type = None,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    everything: All = False,
    yes: Yes = False,
    as_json: JsonOption = False,
) -> None:
    """Let letters be: they count as settled, and never have their effect unless one is redriven after all."""
    from cli.output import result
    from cli.settling import drop_all, drop_named

    wanted = _wanted(group, topic, type_, (), since, until, reason)
    if letter:
        _only_letters(wanted, service)
        dropped = drop_named(letter, because=because, yes=yes)
    else:
        _some_filter(wanted, service, everything)
        dropped = drop_all(service or (), wanted, because=because, yes=yes)
    result({"dropped": dropped}, f"{dropped} dropped.", as_json=as_json)


def _wanted(
    group: list[str] | None,
    topic: list[str] | None,
    event_type: list[str] | None,
    state: list[str] | tuple[()],
    since: str,
    until: str,
    reason: str,
) -> dict[str, Any]:
    from cli.letters import filters

    return filters(
        group=group or (),
        topic=topic or (),
        event_type=event_type or (),
        state=state,
        since=since,
        until=until,
        reason=reason,
    )


def _only_letters(wanted: Mapping[str, Any], service: list[str] | None) -> None:
    from cli.errors import UsageError

    if wanted or service:
        raise UsageError("Name letters, or filters, not both.")


def _some_filter(wanted: Mapping[str, Any], service: list[str] | None, everything: bool) -> None:
    from cli.errors import UsageError

    if not (wanted or service or everything):
        raise UsageError("Name letters (inventory/17), or filters, or say --all.")


def _redriven(done: Mapping[str, int], *, waited: bool) -> str:
    silent = f" {done['silent']} services did not answer." if done["silent"] else ""
    if not waited:
        return f"{done['redriven']} handed back to their groups.{silent}"
    died = f", {done['died']} died again" if done["died"] else ""
    waiting = f", {done['waiting']} still wait" if done["waiting"] else ""
    return f"{done['redriven']} handed back: {done['applied']} applied{died}{waiting}.{silent}"


def _print_list(found: Mapping[str, Mapping[str, Any]]) -> None:
    from cli.output import say, table
    from cli.services import printable

    rows = [
        (
            f"{service}/{letter['id']}",
            letter["group"],
            printable(letter["type"].removeprefix("fullhouse.") or "?"),
            letter["state"],
            stamp(letter["diedAt"]),
            str(letter["attempts"]),
            printable(letter["reason"]),
        )
        for service, page in found.items()
        for letter in page["data"]
    ]
    if not rows:
        say("No dead letters." if found else "Nobody answered.")
        return
    table("Dead letters", ("Letter", "Group", "Type", "State", "Died", "Attempts", "Why"), rows)
    total = sum(sum(page["counts"].values()) for page in found.values())
    if total > len(rows):
        say(f"{len(rows)} of {total}; --limit shows more.")


def _print_letter(service: str, letter: Mapping[str, Any]) -> None:
    import json

    from cli.output import say, table
    from cli.services import printable

    origin = letter["origin"]
    facts = {
        "Letter": f"{service}/{letter['id']}",
        "State": letter["state"],
        "Group": letter["group"],
        "Type": letter["type"] or "?",
        "Event": letter["eventId"] or "no id",
        "Why": letter["reason"],
        "Attempts": letter["attempts"],
        "Died": letter["diedAt"],
        "From": f"{origin['topic']} {origin['partition']} {origin['offset']}",
    }
    for name, value in facts.items():
        say(f"{name:<9} {printable(value)}")
    say(json.dumps(letter["record"], indent=2))
    if letter["history"]:
        rows = [(act["at"], act["by"], act["action"], printable(act["reason"])) for act in letter["history"]]
        table("What people did", ("When", "Who", "What", "Why"), rows)
