"""`fullhouse customer`: all that is known of a customer, what is wrong with it, and the command that mends it (R-3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.errors import EXIT_FAILED, EXIT_UNREAD
from cli.output import JsonOption


def customer(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address that they have bought with.")],
    *,
    masked: Annotated[bool, typer.Option("--masked", help="As viewers see it: without what is personal.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a customer's orders, payments, tickets, passes, messages, places in line and calls for help.

    Says what is wrong, and the command that mends it; changes nothing. Exit codes: 0 nothing is wrong, 1 something is,
    3 something could not be read.
    """
    from cli.customer.diagnoses import diagnosed
    from cli.customer.gathering import gathered
    from cli.customer.words import told
    from cli.environment import environ
    from cli.output import result

    known = gathered(environ(), email, whole=not masked)
    found = diagnosed(known)
    document = {**asdict(known), "diagnoses": [asdict(each) for each in found]}
    result(document, "\n".join(told(known, found)), as_json=as_json)
    if known.unread:
        raise typer.Exit(EXIT_UNREAD)
    if any(each.wrong for each in found):
        raise typer.Exit(EXIT_FAILED)
