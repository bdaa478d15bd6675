"""`fullhouse migrate`: databases to their newest version."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated, Final

import typer

from cli.output import JsonOption

LOOK_SECONDS: Final = 1.0


class Migratable(StrEnum):
    CHECKOUT = "checkout"
    INVENTORY = "inventory"
    NOTIFIER = "notifier"
    MONITOR = "monitor"
    ALL = "all"


def migrate(
    service: Annotated[Migratable, typer.Argument(help="Whose database.")] = Migratable.ALL,
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Change nothing, and wait until another one has done it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring databases to their newest version. Repeating it changes nothing."""
    from cli import migrations
    from cli.connections import database_url
    from cli.environment import SERVICES, environ
    from cli.output import progress, result

    values = environ()
    wanted = SERVICES if service is Migratable.ALL else (service.value,)
    urls = {name: database_url(values, name) for name in wanted}
    applied: dict[str, list[str]] = {}
    for name, url in urls.items():
        progress(f"migrating {name} …")
        applied[name] = _awaited(name, url) if wait else migrations.migrate(name, url)
    lines = [f"{name}: {', '.join(done) if done else 'already newest'}" for name, done in applied.items()]
    result({"applied": applied}, "\n".join(lines), as_json=as_json)


def _awaited(service: str, url: str) -> list[str]:
    """Looks each second, and tells each new reason; nothing is applied here."""
    from cli import migrations

    told = ""
    while reason := migrations.pending(service, url):
        if reason != told:
            typer.echo(f"{service} waits for its migrations: {reason}", err=True)
        told = reason
        time.sleep(LOOK_SECONDS)
    return []
