"""Databases in which a backup is tried out: made for a while, by a role that enters no other one."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from chassis.database import open_session

# Of one statement on a large table.
PATIENCE: Final = timedelta(minutes=10)
_OLD: Final = "SELECT datname AS name FROM pg_database WHERE datname LIKE $1 AND datdba = current_user::regrole"


@asynccontextmanager
async def scratch(url: str, service: str) -> AsyncIterator[str]:
    """A database for as long as the block lasts; what a killed process left behind goes before."""
    name = f"scratch_{service}_{secrets.token_hex(4)}"
    session = await open_session(
        url, application="backup-test", silence_seconds=PATIENCE.total_seconds(), statement_timeout="0"
    )
    try:
        for row in await session.fetch(_OLD, f"scratch\\_{service}\\_%"):
            await session.fetch(f'DROP DATABASE IF EXISTS "{row["name"]}" WITH (FORCE)')
        await session.fetch(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            await session.fetch(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await session.close()
