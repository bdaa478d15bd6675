"""Roles, databases and migrations of the services, with the server's own client programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from cli import migrations
from cli.errors import CommandError
from stack.errors import StackError
from stack.postgres import INSTALLATION, WHEEL

SCRATCH: Final = "scratch"


def sql(url: str, *statements: str) -> str:
    """Run each statement by itself with psql; returns what was selected, one row a line."""
    bare, password = without_password(url)
    command = [str(WHEEL / INSTALLATION / "bin" / "psql"), bare, "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    environ = {**os.environ, "PGPASSWORD": password}
    script = "".join(f"{statement};\n" for statement in statements)
    done = subprocess.run(command, input=script, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout.strip()


def provide(admin_url: str, passwords: Mapping[str, str]) -> None:
    """A login role and a database of its own for each service; repeating it changes nothing but the passwords."""
    roles = set(sql(admin_url, "SELECT rolname FROM pg_roles").splitlines())
    databases = set(sql(admin_url, "SELECT datname FROM pg_database").splitlines())
    statements: list[str] = []
    for service, password in passwords.items():
        verb = "ALTER" if service in roles else "CREATE"
        statements.append(f"{verb} ROLE {service} LOGIN PASSWORD '{password}'")
        if service not in databases:
            statements.append(f"CREATE DATABASE {service} OWNER {service}")
            statements.append(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
    sql(admin_url, *statements)


def provide_scratch(admin_url: str, password: str) -> None:
    """A role that may make databases, and enter no other one: backups are loaded there to prove that they can be."""
    known = SCRATCH in sql(admin_url, "SELECT rolname FROM pg_roles").splitlines()
    sql(admin_url, f"{'ALTER' if known else 'CREATE'} ROLE {SCRATCH} LOGIN CREATEDB PASSWORD '{password}'")


def migrate(service: str, url: str) -> None:
    """Bring a service's database to the newest version with dbmate; repeating it changes nothing."""
    try:
        migrations.migrate(service, url)
    except CommandError as error:
        raise StackError(str(error)) from None


def without_password(url: str) -> tuple[str, str]:
    """The URL that may be seen in a list of processes, and the password that may not."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}@{place}")), unquote(parts.password or "")
