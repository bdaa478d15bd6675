"""`fullhouse jobs`: what runs at set times, what became of it, and what people do themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Work at set times, and reminders of what people do.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The job, as `fullhouse jobs list` names it.")]
ServiceOption = Annotated[list[str] | None, typer.Option("--service", help="Only at this service; repeatable.")]
_WELL: Final = frozenset({"waiting", "running"})


@app.callback()
def jobs() -> None:
    """Work at set times, and reminders of what people do."""


@app.command("list")
def list_(*, service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """List every job: how it stands, its next time, its last run, and what it does."""
    from cli.output import json_line, say
    from cli.services import each, services_named

    found = each(services_named(service or ()), _jobs)
    rows = [job for answer in found.values() for job in answer["data"]]
    if as_json:
        json_line({"data": rows, "silent": sorted(set(services_named(service or ())) - set(found))})
    else:
        say("\n".join(line for job in rows for line in lines(job)))
    found.all_answered()


@app.command()
def run(name: Name, *, service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """Let a job begin within seconds; at all services that have it."""
    _act(name, service, "run", {}, "begins within seconds", as_json=as_json)


@app.command()
def done(
    name: Name,
    *,
    note: Annotated[str, typer.Option("--note", help="What was done; kept with your name.")],
    service: ServiceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tick off what people were reminded of."""
    _act(name, service, "done", {"note": note}, "is done", as_json=as_json)


@app.command()
def history(
    name: Name,
    *,
    service: ServiceOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many runs of each service.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the runs of a job, the newest first."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import json_line, say, table

    path = f"/api/admin/{{}}/jobs/{_quoted(name)}/runs?limit={limit}"
    found = {
        owner: call(environ(), "GET", path.format(owner), role="viewer")["data"] for owner in _owners(name, service)
    }
    if as_json:
        json_line(found)
        return
    rows = [(owner, *_run_row(run)) for owner, runs in found.items() for run in runs]
    if rows:
        table(f"Runs of {name}", ("Service", "Due", "Began", "Took", "Outcome", "Started by", "Why, note"), rows)
    else:
        say(f"{name} has not run yet.")


def _jobs(service: str) -> Mapping[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "GET", f"/api/admin/{service}/jobs", role="viewer")


def _owners(name: str, services: Sequence[str] | None) -> list[str]:
    from cli.errors import UsageError
    from cli.services import each, services_named

    found = each(services_named(services or ()), _jobs)
    owners = [service for service, answer in found.items() if any(job["name"] == name for job in answer["data"])]
    if not owners:
        found.all_answered()
        raise UsageError(f"There is no job “{name}”: see fullhouse jobs list.")
    return owners


def _act(
    name: str, services: Sequence[str] | None, act: str, body: Mapping[str, str], what: str, *, as_json: bool
) -> None:
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    owners = _owners(name, services)
    for owner in owners:
        call(environ(), "POST", f"/api/admin/{owner}/jobs/{_quoted(name)}/{act}", body=body or None)
    result({"job": name, "services": owners}, f"{name} of {', '.join(owners)} {what}.", as_json=as_json)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")


def lines(job: Mapping[str, Any]) -> tuple[str, str]:
    """How it stands, with its times; what it does."""
    from cli.services import plain

    last = job["last"] or {}
    standing = job["standing"] if job["standing"] in _WELL else job["standing"].upper()
    ran = f"last {_minute(last.get('beganAt'))} {last.get('outcome') or ''}".rstrip() if last else "never yet"
    head = f"{job['service']:<10} {job['name']:<22} {standing:<9} next {_minute(job['dueAt'])}  {ran}"
    return plain(head), f"    {plain(job['purpose'])}"


def _run_row(run: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.services import printable

    why = "; ".join(filter(None, (run["error"], run["note"], f"by {run['endedBy']}" if run["endedBy"] else "")))
    return (
        _minute(run["dueAt"]),
        _minute(run["beganAt"]),
        f"{run['seconds']:.1f} s" if run["seconds"] is not None else "–",
        (run["outcome"] or "under way") + (f", try {run['attempt']}" if run["attempt"] > 1 else ""),
        printable(run["person"] or run["startedBy"].replace("_", " ")),
        printable(why),
    )


def _minute(moment: str | None) -> str:
    """To the minute, in UTC as all times of the command line."""
    return f"{moment[:16]}Z" if moment else "–"
