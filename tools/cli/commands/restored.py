"""`fullhouse restored`: after a database was restored from a backup, and before its service starts again (E-4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.output import JsonOption


class Restorable(StrEnum):
    """Services that find their way back."""

    CHECKOUT = "checkout"
    INVENTORY = "inventory"
    NOTIFIER = "notifier"
    MONITOR = "monitor"


def restored(
    service: Annotated[Restorable, typer.Argument(help="Whose database.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Say that a database was restored from a backup, while its service is stopped. It then goes on where its data
    is: versions jump ahead of what others have seen, and what may have been done since the backup is asked about
    before it is done again.
    """
    from cli import connections
    from cli.environment import environ
    from cli.output import result
    from cli.restoring import make_fit

    steps = connections.run(make_fit(environ(), service.value))
    told = f" {steps} changes since the backup were taken from its own events." if steps else ""
    text = f"The {service.value} database counts as restored.{told} Start it."
    result({"service": service.value, "steps": steps}, text, as_json=as_json)
