"""`fullhouse reconcile`: what was paid is compared with what there is, and what is missing is given (R-1)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption


def reconcile(
    *,
    since: Annotated[str, typer.Option("--since", help="From then on, such as 7d; else the last day.")] = "",
    email: Annotated[str, typer.Option("--email", help="Only this payer.")] = "",
    session: Annotated[str, typer.Option("--session", help="Only this payment page (cs_…).")] = "",
    order: Annotated[str, typer.Option("--order", help="Only this order, by its number or id.")] = "",
    account: Annotated[
        str, typer.Option("--account", help="Only this account: stripe, or one connected to it (acct_…).")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is wrong.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before more than 20 repairs.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare what processors say was paid with orders, tickets, passes, seats and messages, and mend what is missing.

    Exit code 0: nothing was found; 1: all of it is mended; 2: a person must look; 3: something could not be read.
    """
    from cli.environment import environ
    from cli.orders import order_id_of
    from cli.output import json_line
    from cli.reconciling import body, exit_code, finished, show

    known = environ()
    wanted = body(
        since=since,
        email=email,
        session=session,
        order=order_id_of(known, order) if order else "",
        account=account,
        dry_run=dry_run,
    )
    run = finished(known, wanted, yes=yes)
    if as_json:
        json_line(run)
    else:
        show(run)
    raise typer.Exit(exit_code(run))
