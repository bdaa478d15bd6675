"""`fullhouse subscriptions`: consumer groups, what stops them, and how they go on."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Consumer groups: where they stand, and starting those that stopped.")

Group = Annotated[str, typer.Argument(help="The consumer group, as `fullhouse subscriptions list` names it.")]
Because = Annotated[str, typer.Option(help="Why; kept with your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="Without prefix.")]


@app.callback()
def subscriptions() -> None:
    """Consumer groups."""


@app.command("list")
def list_(
    *,
    service: Annotated[list[str] | None, typer.Option(help="Only this service's; repeatable.")] = None,
    stopped: Annotated[bool, typer.Option("--stopped", help="Only those that stand still.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List every group: dead and deferred events, what stops it, what to do about it."""
    from cli.output import json_line, say, table
    from cli.services import services_named

    found = _found(services_named(service or ()))
    if stopped:
        found = {name: [group for group in groups if _stands(group)] for name, groups in found.items()}
    if as_json:
        json_line(found)
        return
    rows = [row(name, group) for name, groups in found.items() for group in groups]
    if rows:
        table("Subscriptions", ("Service", "Group", "State", "Dead", "Deferred", "Why, and what to do"), rows)
    else:
        say("None stands still." if stopped else "No groups yet.")


@app.command()
def start(group: Group, *, because: Because, as_json: JsonOption = False) -> None:
    """Start a group that stopped itself because too much died. Mend the cause first: it would only stop again."""
    from cli.output import result

    service = _owner(group)
    _post(service, group, "start", {"because": because})
    result({"service": service, "group": group}, f"{group} of {service} goes on within seconds.", as_json=as_json)


@app.command()
def skip(
    topic: TopicName,
    partition: Annotated[int, typer.Argument(min=0, help="Its number.")],
    offset: Annotated[int, typer.Argument(min=0, help="Of a record in the batch, as the list names it.")],
    *,
    because: Because,
    group: Annotated[str, typer.Option(help="Only this group; else all that stand there.")] = "",
    yes: Yes = False,
    as_json: JsonOption = False,
) -> None:
    """Pass over a batch that can't be read. What is in it has no effect: read it with another tool first."""
    from cli.environment import SERVICES
    from cli.errors import UsageError
    from cli.output import result
    from cli.services import agreed

    place = (topic, partition, offset)
    standing = [
        (service, found["group"])
        for service, groups in _found(SERVICES).items()
        for found in groups
        if group in ("", found["group"]) and any(_covers(stop, place) for stop in found["stoppedPartitions"])
    ]
    if not standing:
        raise UsageError(
            f"No group stands at {topic} {partition} {offset}: see `fullhouse subscriptions list --stopped`."
        )
    names = ", ".join(name for _, name in standing)
    agreed(f"Let {names} pass over the batch at {topic} {partition} {offset}?", yes=yes)
    body = {"topic": topic, "partition": partition, "offset": offset, "because": because}
    for service, name in standing:
        _post(service, name, "skip", body)
    result({"groups": [name for _, name in standing]}, f"{names}: goes on behind it.", as_json=as_json)


@app.command("read-again")
def read_again(
    group: Group, topic: TopicName, *, because: Because, yes: Yes = False, as_json: JsonOption = False
) -> None:
    """Let a group begin at a topic's beginning: when the log was lost, or its stored position means nothing any more.

    What has had its effect is dropped by its id; what is new to the group is done, however old it is.
    """
    from cli.output import result
    from cli.services import agreed

    service = _owner(group)
    agreed(f"Let {group} of {service} read {topic} from the beginning?", yes=yes)
    moved = _post(service, group, "read-again", {"topic": topic, "because": because})["moved"]
    result({"group": group, "moved": moved}, f"{moved} partitions begin at the beginning.", as_json=as_json)


def row(service: str, group: Mapping[str, Any]) -> Sequence[str]:
    """A line of the list."""
    from cli.services import printable

    state = "STOPPED" if _stands(group) else "reads"
    return (
        service,
        group["group"],
        state,
        str(group["deadLetters"]),
        str(group["deferred"]),
        printable(" ".join(_why(group))),
    )


def _why(group: Mapping[str, Any]) -> list[str]:
    said = []
    if group["stopped"]:
        said.append(
            f"{group['stopped']['reason']}. Mend it, then: fullhouse subscriptions start {group['group']} --because …"
        )
    for stop in group["stoppedPartitions"]:
        place = f"{stop['topic']} {stop['partition']} {stop['firstOffset']}"
        said.append(f"{place} can't be read ({stop['reason']}): fullhouse subscriptions skip {place} --because …")
    return said


def _stands(group: Mapping[str, Any]) -> bool:
    return bool(group["stopped"] or group["stoppedPartitions"])


def _covers(stop: Mapping[str, Any], place: tuple[str, int, int]) -> bool:
    topic, partition, offset = place
    return (stop["topic"], stop["partition"]) == (topic, partition) and (
        stop["firstOffset"] <= offset <= stop["lastOffset"]
    )


def _found(services: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Of those that answer; the others are named on stderr."""
    from cli.admin import call
    from cli.environment import environ
    from cli.services import each

    known = environ()
    answers = each(services, lambda name: call(known, "GET", f"/api/admin/{name}/subscriptions", role="viewer"))
    for sentence in answers.silent:
        sys.stderr.write(f"{sentence}\n")
    return {name: answer["data"] for name, answer in answers.items()}


def _owner(group: str) -> str:
    from cli.environment import SERVICES
    from cli.errors import UsageError

    for service, groups in _found(SERVICES).items():
        if any(found["group"] == group for found in groups):
            return service
    raise UsageError(f"There is no group “{group}”: see `fullhouse subscriptions list`.")


def _post(service: str, group: str, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "POST", f"/api/admin/{service}/subscriptions/{group}/{verb}", body=body)
