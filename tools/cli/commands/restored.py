"""`fullhouse restored`: after a database was restored from a backup, and before its service starts again (E-4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.output import JsonOption


class Restorable(StrEnum):
    """Services that find their way back. Checkout's own loss is found by reconciling with the processor."""

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
    from cli.restoring import mark, restore_alerts

    if service is Restorable.MONITOR:
        steps = connections.run(restore_alerts(environ()))
        told = {"service": service.value, "steps": steps}
        result(told, f"The monitor's alerts are where their events are ({steps} steps). Start it.", as_json=as_json)
        return
    connections.run(mark(environ(), service.value))
    result({"service": service.value}, f"The {service.value} database counts as restored. Start it.", as_json=as_json)
