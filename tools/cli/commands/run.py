"""`fullhouse run`: a service, the sandbox, or everything in one go."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from chassis.process import ProcessRole, set_up


class Runnable(StrEnum):
    CHECKOUT = "checkout"
    INVENTORY = "inventory"
    NOTIFIER = "notifier"
    MONITOR = "monitor"
    SANDBOX = "sandbox"
    ALL = "all"


def run(
    service: Annotated[Runnable, typer.Argument(help="What to run; `all` is for small machines.")],
    *,
    role: Annotated[
        ProcessRole, typer.Option(help="api answers people and vendors, worker consumes and relays, all does both.")
    ] = ProcessRole.ALL,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 inside a container.")] = "127.0.0.1",
) -> None:
    """Run a service until it is told to stop (SIGTERM, Ctrl-C). It listens on PORT."""
    if service is Runnable.ALL:
        from cli.together import run_together

        raise typer.Exit(run_together())
    set_up()
    from cli.serving import serve

    serve(service.value, role=role, host=host)
