"""`fullhouse connections`: providers' accounts at processors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from cli.errors import EXIT_FAILED
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/v1/external-payments/connections"
_PAUSE_SECONDS: Final = 0.5

ConnectionNumber = Annotated[int, typer.Argument(metavar="ID", min=1, help="As `connections list` shows it.")]

app = App(help="Providers' accounts at processors.")
webhook = App(help="What processors tell us of connections.")
app.add_typer(webhook, name="webhook")


@app.command("list")
def list_connections(
    *,
    provider: Annotated[int | None, typer.Option("--provider", min=1, help="Only this provider's.")] = None,
    processor: Annotated[str, typer.Option("--processor", help="Only at this processor, such as square.")] = "",
    status: Annotated[str, typer.Option("--status", help="Only those that are pending, connected, …")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show connections, whether they can take payments, and why not."""
    from cli.environment import environ
    from cli.output import json_line, say, table

    rows = list(_pages(environ(), {"provider": str(provider or ""), "processor": processor, "status": status}))
    if as_json:
        json_line({"data": rows})
        return
    if not rows:
        say("There is no connection.")
        return
    columns = ("Connection", "Provider", "Processor", "Account", "Status", "Since", "Issue")
    table("Connections", columns, [_cells(row) for row in rows])


@app.command()
def validate(connection: ConnectionNumber, *, as_json: JsonOption = False) -> None:
    """Ask the processor now whether a connection's credentials are good, and what its account can do."""
    from cli.output import result

    found = _post(connection, "validate")
    result(found, _said(found), as_json=as_json)


@app.command()
def reset(connection: ConnectionNumber, *, as_json: JsonOption = False) -> None:
    """Forget what went wrong: the connection is pending, and its processor is asked again within seconds."""
    from cli.output import result

    found = _post(connection, "reset")
    result(found, _said(found), as_json=as_json)


@app.command()
def sync(connection: ConnectionNumber, *, as_json: JsonOption = False) -> None:
    """Read a connection's payments at its processor now, and say how many no webhook had told of."""
    import time

    from cli.admin import call
    from cli.environment import environ
    from cli.output import progress, result
    from cli.services import plain

    known, path = environ(), f"{PATH}/{connection}/sync"
    found = call(known, "POST", path, role="operator")
    while found["state"] in ("waiting", "running"):
        progress(f"{found['seen']} payments read …" if found["state"] == "running" else "Waiting for its turn …")
        time.sleep(_PAUSE_SECONDS)
        found = call(known, "GET", path, role="viewer")
    if found["state"] == "failed":
        result(found, plain(f"They could not be read: {found['last_error']}"), as_json=as_json)
        raise typer.Exit(EXIT_FAILED)
    said = f"{found['seen']} payments read, {found['missing']} were missing, {found['outdated']} outdated."
    result(found, said, as_json=as_json)


@app.command()
def revoke(
    connection: ConnectionNumber,
    *,
    proved: Annotated[
        bool, typer.Option("--proved", help="Only when the processor refuses its credentials from now on.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """End a connection, at its processor too where that lets us, and forget its secrets; what it took is kept."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    found = call(environ(), "DELETE", f"{PATH}/{connection}{'?proved=true' if proved else ''}", role="admin")
    end = f"{found['processor']} refuses its credentials now." if proved else "Its secrets are forgotten."
    result(found, f"Connection {connection} is revoked. {end}", as_json=as_json)


@webhook.command("register")
def register_webhook(connection: ConnectionNumber, *, as_json: JsonOption = False) -> None:
    """Have a connection's processor send its webhooks to us, or mend that, and wait for a test event to come in."""
    _webhook(connection, repair=True, as_json=as_json)


@webhook.command("verify")
def verify_webhook(connection: ConnectionNumber, *, as_json: JsonOption = False) -> None:
    """Have a connection's processor send a test event, and wait for it to come in."""
    _webhook(connection, repair=False, as_json=as_json)


@app.command("rotate-keys")
def rotate_keys(
    *,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=500, help="So many by one request.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Encrypt all credentials anew under the first key of ENCRYPTION_KEY; run it again if it was stopped.

    Checkout must run with the new key first and the old one behind it. `fullhouse secrets rotate ENCRYPTION_KEY` does
    all of it.
    """
    from cli.encrypting import encrypt_anew
    from cli.environment import environ
    from cli.output import result

    rotated = encrypt_anew(environ(), at_once=at_once)
    said = f"{rotated} encrypted anew; all are under the key that is used."
    result({"rotated": rotated, "left": 0}, said, as_json=as_json)


def _webhook(connection: int, *, repair: bool, as_json: bool) -> None:
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result
    from cli.services import plain

    found = call(environ(), "POST", f"{PATH}/{connection}/webhook", role="operator", body={"repair": repair})
    said = f"{found['processor']} sends webhooks of connection {connection} to {found['webhook_url']}."
    tried = "A test event has come in." if found["verified"] else "It sends no test events: the next payment shows it."
    result(found, plain(found["problem"] or f"{said} {tried}"), as_json=as_json)
    if found["problem"]:
        raise typer.Exit(EXIT_FAILED)


def _post(connection: int, what: str) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), "POST", f"{PATH}/{connection}/{what}", role="operator")


def _said(found: Mapping[str, Any]) -> str:
    from cli.services import plain

    state = f"Connection {found['id']} ({found['processor']}) is {found['status']}."
    if found["last_error"]:
        return plain(f"{state} {found['last_error']}")
    return f"{state} It can take payments." if found["healthy"] else state


def _pages(known: Mapping[str, str], filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    from urllib.parse import urlencode

    from cli.admin import call

    cursor: str | None = None
    while True:
        asked = {name: value for name, value in {**filters, "cursor": cursor, "limit": "500"}.items() if value}
        page = call(known, "GET", f"{PATH}?{urlencode(asked)}", role="viewer")
        yield from page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.moments import stamp
    from cli.services import printable

    account = row["account_name"] or row["account_id"] or "–"
    since, issue = stamp(row["status_since"]), row["issue"] or "–"
    return tuple(
        printable(str(each))
        for each in (row["id"], row["provider"], row["processor"], account, row["status"], since, issue)
    )
