"""What a service's own SQL does to a database that comes from a backup; it lies in the service's package."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from cli import connections

FILE: Final = "restored.sql"


async def mark(environ: Mapping[str, str], service: str) -> None:
    """Runs it, all or nothing; twice does no harm."""
    sql = files(service).joinpath(FILE).read_text()
    async with connections.database(environ, service) as database, database.transaction() as tx:
        await tx.execute(sql)
