"""Keeps a database fast while it is in use: dead rows are cleared away, statistics renewed, indexes written afresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.database import Session, open_session

# Of one statement; a large index takes its time.
_PATIENCE: Final = timedelta(hours=1)
_TABLES: Final = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = ANY (current_schemas(false)) ORDER BY c.relname
"""
# What a REINDEX CONCURRENTLY leaves behind when it is cut off in the middle.
_HALF_MADE: Final = """
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname = ANY (current_schemas(false))
"""


async def take_care(url: str, *, application: str) -> None:
    """VACUUM ANALYZE and REINDEX CONCURRENTLY of every table; nobody who reads or writes has to wait for it."""
    session = await open_session(
        url, application=application, silence_seconds=_PATIENCE.total_seconds(), statement_timeout="0"
    )
    try:
        for row in await session.fetch(_HALF_MADE):
            await session.fetch(f"DROP INDEX CONCURRENTLY IF EXISTS {row['name']}")
        for row in await session.fetch(_TABLES):
            await _of_table(session, row["name"])
    finally:
        await session.close()


async def _of_table(session: Session, table: str) -> None:
    """A day's partition may have been dropped meanwhile."""
    for care in ("VACUUM (ANALYZE)", "REINDEX TABLE CONCURRENTLY"):
        if await session.fetchval("SELECT to_regclass($1)", table) is not None:
            await session.fetch(f"{care} {table}")
