"""`fullhouse users`: who may sign in; written straight into the monitor's database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from cli import accounts
from cli.choices import ROLES, role_named
from cli.output import JsonOption
from cli.shape import App

Email = Annotated[str, typer.Argument(help="Whom it is about.")]

app = App(help="People who may sign in.")


@app.callback()
def users() -> None:
    """People who may sign in."""


@app.command()
def add(
    email: Annotated[str, typer.Argument(help="Whom to let in.")],
    *,
    role: Annotated[str, typer.Option(metavar=ROLES, help="What this person may do.")],
    provider: Annotated[str, typer.Option(help="The provider's id, for the role provider.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin; else one is made and printed.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Change somebody who is a user already.")] = False,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Leave somebody who is a user already alone.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add a user, with a password that is read or made."""
    from cli import connections
    from cli.environment import environ
    from cli.output import result
    from monitor.accounts.domain import AccountExistsError, made_password

    granted = role_named(role)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else made_password()
    with _sentences():
        try:
            added = connections.run(
                accounts.add(environ(), email, password, role=granted, provider=provider or None, replaces=replace)
            )
        except AccountExistsError as error:
            if not if_missing:
                raise
            result({"email": error.email, "added": False}, f"{error.email} is a user already.", as_json=as_json)
            return
    document = {"email": added, "added": True, "role": granted} | ({} if password_stdin else {"password": password})
    text = f"{added} may sign in as {granted}."
    result(document, text if password_stdin else f"{text} Password: {password}", as_json=as_json)


@app.command(name="list")
def list_users(*, as_json: JsonOption = False) -> None:
    """Show who may sign in, with which role."""
    from cli import connections
    from cli.output import json_line, table

    found = connections.run(_list())
    if as_json:
        json_line({"users": found})
    else:
        rows = [[each["email"], each["role"], each["provider"], "no" if each["disabled"] else "yes"] for each in found]
        table("Users", ("email", "role", "provider", "may sign in"), rows)


@app.command()
def disable(email: Email, *, as_json: JsonOption = False) -> None:
    """End somebody's access to everything, at once: sessions, tokens and open streams."""
    changed = _run(lambda access, tx: access.disable(tx, email))
    text = "is disabled: sessions have ended, and no service takes the tokens." if changed else "was disabled before."
    _told(email, text, as_json=as_json, changed=changed, disabled=True)


@app.command()
def enable(email: Email, *, as_json: JsonOption = False) -> None:
    """Let somebody who was disabled sign in again, with the old password."""
    changed = _run(lambda access, tx: access.enable(tx, email))
    text = "may sign in again." if changed else "may sign in, and nobody had disabled it."
    _told(email, text, as_json=as_json, changed=changed, disabled=False)


@app.command()
def role(
    email: Email,
    role: Annotated[str, typer.Argument(metavar=ROLES, help="What this person may do from now on.")],
    *,
    provider: Annotated[str, typer.Option(help="The provider's id, for the role provider.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Give somebody another role; it counts at once, and the person signs in again."""
    granted = role_named(role)
    changed = _run(lambda access, tx: access.give_role(tx, email, granted, provider=provider or None))
    text = f"has the role {granted} now, and must sign in again." if changed else f"had the role {granted} before."
    _told(email, text, as_json=as_json, changed=changed, role=granted)


def _told(email: str, text: str, *, as_json: bool, **facts: object) -> None:
    from chassis.emails import email_key
    from cli.output import result

    named = email_key(email)
    result({"email": named, **facts}, f"{named} {text}", as_json=as_json)


@contextmanager
def _sentences() -> Iterator[None]:
    """What can't be done with an account is a sentence."""
    from cli.errors import UsageError
    from monitor.accounts.domain import AccountError

    try:
        yield
    except AccountError as error:
        raise UsageError(str(error)) from None


def _run(change: accounts.Change[bool]) -> bool:
    """Whether there was anything to change."""
    from cli import connections
    from cli.environment import environ

    with _sentences():
        return connections.run(accounts.change(environ(), change))


async def _list() -> list[dict[str, Any]]:
    from cli import connections
    from cli.environment import environ
    from monitor.accounts import store

    async with connections.database(environ(), "monitor") as database, database.transaction() as tx:
        found = await store.users(tx)
    return [
        {"email": user.email, "role": user.role.value, "provider": user.provider or "", "disabled": user.disabled}
        for user in found
    ]
