"""`fullhouse users`: who may sign in; written straight into the monitor's database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import ROLES, role_named
from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from chassis.tokens import Role

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
    from cli.errors import UsageError
    from cli.output import result
    from monitor.accounts.domain import AccountError, AccountExistsError, made_password

    granted = role_named(role)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else made_password()
    try:
        added = connections.run(_add(email, password, role=granted, provider=provider or None, replace=replace))
    except AccountExistsError as error:
        if not if_missing:
            raise UsageError(str(error)) from None
        result({"email": error.email, "added": False}, f"{error.email} is a user already.", as_json=as_json)
        return
    except AccountError as error:
        raise UsageError(str(error)) from None
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
        table(
            "Users", ("email", "role", "provider"), [[each["email"], each["role"], each["provider"]] for each in found]
        )


async def _add(email: str, password: str, *, role: Role, provider: str | None, replace: bool) -> str:
    from datetime import UTC, datetime

    from cli import connections
    from cli.environment import environ
    from monitor.accounts import service
    from monitor.accounts.passwords import Passwords

    password_hash = await service.hashed(Passwords(), password, email=email)
    async with connections.database(environ(), "monitor") as database, database.transaction() as tx:
        user = await service.add_user(
            tx,
            email=email,
            password_hash=password_hash,
            role=role,
            provider=provider,
            replace=replace,
            now=datetime.now(UTC),
        )
    return user.email


async def _list() -> list[dict[str, str]]:
    from cli import connections
    from cli.environment import environ
    from monitor.accounts import store

    async with connections.database(environ(), "monitor") as database, database.transaction() as tx:
        found = await store.users(tx)
    return [{"email": user.email, "role": user.role.value, "provider": user.provider or ""} for user in found]
