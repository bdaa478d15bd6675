"""The entry point of `fullhouse`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

import typer

from chassis.errors import Misconfigured
from cli.commands import (
    alerts,
    analytics,
    appointments,
    audit,
    backup,
    blocks,
    catalogue,
    checkin,
    commission,
    connections,
    customer,
    debug,
    demo,
    dlq,
    doctor,
    jobs,
    logs,
    maintenance,
    messages,
    migrate,
    orders,
    passes,
    payments,
    playbook,
    providers,
    reconcile,
    refused,
    republish,
    restored,
    run,
    secrets,
    status,
    stock,
    stream,
    subscriptions,
    support,
    tickets,
    token,
    topics,
    users,
    waitlist,
    webhooks,
)
from cli.errors import EXIT_FAILED, EXIT_USAGE, CommandError, said_of_files
from cli.output import any_sign
from cli.shape import App, Group

NAME: Final = "fullhouse"

_EXAMPLES: Final = (
    "fullhouse status",
    "fullhouse stream tail --type order.paid --since 1h",
    "fullhouse alerts tail --severity critical",
    "fullhouse subscriptions list --stopped",
    "fullhouse dlq list --service inventory",
    'curl -H "Authorization: Bearer $(fullhouse token)" …',
)
# In the order in which people on call need them.
_ORDER: Final = (
    "status",
    "alerts",
    "alert",
    "stream",
    "playbook",
    "logs",
    "debug",
    "doctor",
    "jobs",
    "subscriptions",
    "customer",
    "checkin",
    "tickets",
    "orders",
    "reconcile",
    "passes",
    "stock",
    "waitlist",
    "connections",
    "blocks",
    "payments",
    "appointments",
    "providers",
    "analytics",
    "commission",
    "support",
    "webhooks",
    "messages",
    "dlq",
    "refused",
    "republish",
    "maintenance",
    "backup",
    "audit",
    "demo",
    "secrets",
    "token",
    "users",
    "catalogue",
    "topics",
    "migrate",
    "restored",
    "run",
)


class _Fullhouse(Group):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(
            super().list_commands(ctx), key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER)
        )


app = App(
    name=NAME,
    help="Fullhouse on the command line. Exit codes: 0 fine, 1 failed or not well, 2 wrong usage or configuration.",
    epilog="Examples:\n\n" + "\n\n".join(_EXAMPLES),
    cls=_Fullhouse,
    pretty_exceptions_enable=False,
)
app.command()(status.status)
app.add_typer(alerts.app, name="alerts")
app.add_typer(alerts.one, name="alert")
app.add_typer(stream.app, name="stream")
app.command()(playbook.playbook)
app.command()(logs.logs)
app.command()(debug.debug)
app.command()(doctor.doctor)
app.add_typer(jobs.app, name="jobs")
app.add_typer(subscriptions.app, name="subscriptions")
app.command()(customer.customer)
app.add_typer(checkin.app, name="checkin")
app.add_typer(tickets.app, name="tickets")
app.add_typer(orders.app, name="orders")
app.command()(reconcile.reconcile)
app.add_typer(passes.app, name="passes")
app.add_typer(stock.app, name="stock")
app.add_typer(waitlist.app, name="waitlist")
app.add_typer(connections.app, name="connections")
app.add_typer(blocks.app, name="blocks")
app.add_typer(payments.app, name="payments")
app.add_typer(appointments.app, name="appointments")
app.add_typer(providers.app, name="providers")
app.add_typer(analytics.app, name="analytics")
app.add_typer(commission.app, name="commission")
app.add_typer(support.app, name="support")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(messages.app, name="messages")
app.add_typer(dlq.app, name="dlq")
app.add_typer(refused.app, name="refused")
app.command()(republish.republish)
app.command()(audit.audit)
app.add_typer(maintenance.app, name="maintenance")
app.add_typer(backup.app, name="backup")
app.command()(demo.demo)
app.add_typer(secrets.app, name="secrets")
app.command()(token.token)
app.add_typer(users.app, name="users")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(topics.app, name="topics")
app.command()(migrate.migrate)
app.command()(restored.restored)
app.command()(run.run)
# Built once, with the module: it takes a tenth of a second, and a process that is forked has it already.
COMMANDS: Final = typer.main.get_command(app)


def main() -> None:
    """Run a command; what goes wrong is said in a sentence on stderr."""
    # Libraries tell their own story when Kafka is away; the command says it in one sentence.
    logging.getLogger().addHandler(logging.NullHandler())
    any_sign()
    try:
        code = COMMANDS(standalone_mode=False, prog_name=NAME)
        sys.stdout.flush()
    except typer.TyperException as error:
        _end(_wrong_usage(error), error.exit_code)
    except CommandError as error:
        _end(str(error), error.exit_code)
    except Misconfigured as error:
        _end(str(error), EXIT_USAGE)
    except KeyboardInterrupt:
        _end("Stopped.", EXIT_FAILED)
    except OSError as error:
        _leave_output()
        _end("" if isinstance(error, BrokenPipeError) else said_of_files(error), EXIT_FAILED)
    else:
        raise SystemExit(code if isinstance(code, int) else 0)


def _leave_output() -> None:
    """Whatever is still to be written goes nowhere: Python would fail at it once more when it ends."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _wrong_usage(error: typer.TyperException) -> str:
    """What is wrong and where to read on; nothing more when the help has been shown instead."""
    said = error.format_message().strip()
    if not said:
        return ""
    context = getattr(error, "ctx", None)
    stop = "" if said.endswith((".", "?")) else "."
    return f"{said}{stop} See {context.command_path if context else NAME} --help."


def _end(sentence: str, code: int) -> None:
    if sentence:
        sys.stderr.write(f"{sentence}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
