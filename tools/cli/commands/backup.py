"""`fullhouse backup`: copies of all databases, and the way back from them (O-4)."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.errors import CommandError, UsageError
from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from backups.manifest import Manifest
    from cli.backup.loading import Plan

app = App(help="Copies of all databases, and the way back from them.")

NewestName = Annotated[str, typer.Argument(metavar="[NAME]", help="The backup, as in `backup list`; else the newest.")]
ServiceOption = Annotated[list[str] | None, typer.Option("--service", help="Only this service's database; repeatable.")]
_FORM: Final = "%Y-%m-%d %H:%M:%S"


@app.callback()
def backup() -> None:
    """Copies of all databases, and the way back from them."""


@app.command()
def create(*, service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """Back all databases up while everything runs, and remove the backups that the rule no longer keeps."""
    from cli.backup import making
    from cli.backup.meter import size
    from cli.environment import environ
    from cli.output import result
    from cli.services import services_named

    known = environ()
    services = services_named(service or ())
    zone = making.business_zone(known)
    made = making.run(making.make(known, services))
    making.run(making.note(known, services[-1], making.CREATED, made))
    removed = making.run(making.prune(known, zone))
    told = f"Backup {made.name} of {', '.join(services)}: {size(made.size)}{_of_key(made)}."
    gone = f" Removed, as the rule says: {', '.join(removed)}." if removed else ""
    result({**making.facts(made), "removed": removed}, told + gone, as_json=as_json)


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List the backups, the newest first."""
    from cli.backup import making
    from cli.backup.meter import size
    from cli.environment import environ
    from cli.output import json_line, say, table

    library = making.library(environ())
    found = making.run(library.all())
    if as_json:
        documents = [
            making.facts(each.manifest) if each.manifest else {"name": each.name, "trouble": each.trouble}
            for each in found
        ]
        json_line({"place": str(library), "data": documents})
        return
    if not found:
        say(f"There is no backup in {library}. `fullhouse backup create` makes one.")
        return
    rows = [
        (
            each.name,
            f"{each.manifest.made_at:{_FORM}}",
            size(each.manifest.size),
            "yes" if each.manifest.key else "no",
            ", ".join(each.manifest.services),
        )
        if each.manifest
        else (each.name, "", "", "", each.trouble)
        for each in found
    ]
    table(f"Backups in {library}", ("Name", "Made at (UTC)", "Size", "Encrypted", "Of"), rows)


@app.command()
def verify(name: NewestName = "", *, service: ServiceOption = None, as_json: JsonOption = False) -> None:
    """Read a backup to its last byte, and compare it with its manifest. Loads nothing."""
    from cli.backup import making
    from cli.environment import environ
    from cli.output import result

    known = environ()
    manifest = making.run(making.found(known, name, service or ()))
    services = service or manifest.services
    making.run(making.check_all(known, manifest, services))
    text = f"Backup {manifest.name} is whole: {', '.join(services)}."
    result({**making.facts(manifest), "checked": services, "whole": True}, text, as_json=as_json)


@app.command()
def restore(
    name: NewestName = "",
    *,
    service: ServiceOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Don't back up what is replaced: when that can't be read any more.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in place of the databases of all services, or of some, while these are stopped.

    Shows what it will replace, asks for the backup's name, and backs up what is there. Each database is replaced as a
    whole or not at all; afterwards it counts as restored, and its service finds its way back when it starts.
    """
    from cli.backup import loading, making
    from cli.environment import environ
    from cli.output import result

    known = environ()
    plan = making.run(loading.plan(known, name, service or ()))
    making.run(making.check_all(known, plan.manifest, plan.services))
    _agreed(plan, yes=yes)
    saved = _saved(known, plan.there) if plan.there and not without_backup else None
    making.run(loading.carry_out(known, plan))
    text = f"Restored from {plan.manifest.name}: {', '.join(plan.services)}. Start these services."
    kept = f" What was there before is backup {saved.name}." if saved else ""
    result({**plan.facts(), "saved": saved.name if saved else None}, text + kept, as_json=as_json)


def _agreed(plan: Plan, *, yes: bool) -> None:
    """Whoever types the name has read what is replaced."""
    preview = "\n".join(plan.sentences())
    if yes:
        sys.stderr.write(f"{preview}\n")
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{preview}\nNothing was changed. Say so with --yes.")
    sys.stderr.write(f"{preview}\n")
    if typer.prompt(f"Type {plan.manifest.name} to go on", err=True) != plan.manifest.name:
        raise CommandError("Nothing was changed.")


def _saved(known: Mapping[str, str], services: Sequence[str]) -> Manifest:
    from cli.backup import making

    try:
        return making.run(making.make(known, services))
    except CommandError as error:
        raise CommandError(
            f"What is there can't be backed up, so nothing was changed: {error} If it can't be read any more, say "
            "--without-backup."
        ) from error


def _of_key(manifest: Manifest) -> str:
    return ", encrypted" if manifest.key else ", not encrypted (BACKUP_KEY is not set)"
