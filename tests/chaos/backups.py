"""A service's database as it was: dumped while everything runs, put back while its service is stopped."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from stack import databases
from stack.errors import StackError
from stack.postgres import INSTALLATION, WHEEL, Server
from tests.fixtures.stack import WholeStack


def dump(stack: WholeStack, service: str, path: Path) -> None:
    """One snapshot of the whole database. Raises StackError."""
    _client("pg_dump", stack.database_url(service), "--format=custom", f"--file={path}")


def put_back(stack: WholeStack, service: str, path: Path) -> None:
    """In place of the database that is there, and nothing is left of that. Raises StackError."""
    admin = Server.of(stack.layout, password=stack.value("POSTGRES_PASSWORD")).url()
    databases.sql(
        admin,
        f"DROP DATABASE IF EXISTS {service} WITH (FORCE)",
        f"CREATE DATABASE {service} OWNER {service}",
        f"REVOKE ALL ON DATABASE {service} FROM PUBLIC",
    )
    url = stack.database_url(service)
    _client("pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", str(path))


def _client(program: str, url: str, *arguments: str) -> None:
    bare, password = databases.without_password(url)
    command = [str(WHEEL / INSTALLATION / "bin" / program), f"--dbname={bare}", *arguments]
    environ = {**os.environ, "PGPASSWORD": password}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{program}: {done.stderr.strip()}")
