"""Dumps a service's database: one snapshot, what is in it, and its bytes as pg_dump writes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from backups.errors import BackupError
from backups.manifest import Snapshot
from backups.programs import Complaints, output, running
from chassis.database import DatabaseError, Session, open_session
from chassis.errors import Unavailable

# A count of a large table takes its time.
_PATIENCE_SECONDS: Final = 600
# Partitions are counted with their table.
_TABLES: Final = """
SELECT c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public' ORDER BY 1
"""
_TAKEN: Final = "SELECT pg_export_snapshot() AS name, clock_timestamp() AS at"
_FACTS: Final = """
SELECT current_setting('server_version') AS postgres, (SELECT max(version) FROM schema_migrations) AS migration
"""
_OFFSETS: Final = "SELECT group_name, topic, partition, next_offset, cluster_id FROM consumer_offsets ORDER BY 1, 2, 3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A snapshot that is held, to be described first and then read.

    service: whose database it is of
    described: says what is in it, which takes as long as counting all rows
    pieces: its bytes, to be read once
    """

    service: str
    described: Callable[[], Awaitable[Snapshot]]
    pieces: AsyncIterator[bytes]


@asynccontextmanager
async def dump(service: str, url: str) -> AsyncIterator[Dump]:
    """Takes the snapshot, and holds it while the block reads the bytes. Raises BackupError.

    Everybody works on meanwhile.
    """
    try:
        session = await open_session(
            url,
            application=f"{service} backup",
            silence_seconds=_PATIENCE_SECONDS,
            statement_timeout="0",
            idle_in_transaction_session_timeout="0",
        )
    except (Unavailable, DatabaseError) as error:
        raise BackupError(f"The {service} database does not answer ({error}). Look at `fullhouse status`.") from error
    try:
        with _readable(service):
            await session.fetch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            taken = await session.fetchrow(_TAKEN) or {}
        pieces = _dumped(service, url, taken["name"])
        described = partial(_described, session, service, taken["at"])
        try:
            yield Dump(service=service, described=described, pieces=pieces)
        finally:
            await pieces.aclose()
    finally:
        await session.close()


@contextmanager
def _readable(service: str) -> Iterator[None]:
    try:
        yield
    except (Unavailable, DatabaseError) as error:
        raise BackupError(f"The {service} database can't be read: {error}. Is it migrated?") from error


async def _described(session: Session, service: str, taken_at: datetime) -> Snapshot:
    with _readable(service):
        facts = await session.fetchrow(_FACTS) or {}
        tables = [row["name"] for row in await session.fetch(_TABLES)]
        offsets: dict[str, dict[str, int]] = {}
        clusters: set[str] = set()
        for row in await session.fetch(_OFFSETS):
            offsets.setdefault(row["group_name"], {})[f"{row['topic']}/{row['partition']}"] = row["next_offset"]
            clusters.add(row["cluster_id"])
        rows = {table: await session.fetchval(f'SELECT count(*) FROM public."{table}"') for table in tables}  # noqa: S608
    return Snapshot(
        service=service,
        taken_at=taken_at,
        postgres=facts["postgres"].split()[0],
        migration=facts["migration"],
        rows=rows,
        clusters=tuple(sorted(clusters)),
        offsets=offsets,
    )


async def _dumped(service: str, url: str, held: str) -> AsyncGenerator[bytes, None]:
    """Little compression: it halves the file, and more would take many times as long."""
    arguments = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--snapshot={held}")
    async with running("pg_dump", *arguments, url=url) as child:
        complaints = Complaints(child)
        async for piece in output(child):
            yield piece
        if await child.wait():
            raise BackupError(f"The {service} database could not be dumped: {await complaints.words()}")
