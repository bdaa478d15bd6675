"""`fullhouse migrate`: databases to their newest version."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.output import JsonOption


class Migratable(StrEnum):
    CHECKOUT = "checkout"
    INVENTORY = "inventory"
    NOTIFIER = "notifier"
    MONITOR = "monitor"
    ALL = "all"


def migrate(
    service: Annotated[Migratable, typer.Argument(help="Whose database.")] = Migratable.ALL,
    *,
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
        applied[name] = migrations.migrate(name, url)
    lines = [f"{name}: {', '.join(done) if done else 'already newest'}" for name, done in applied.items()]
    result({"applied": applied}, "\n".join(lines), as_json=as_json)
