"""A service's own PostgreSQL database: connections, transactions, and which errors are outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any, Protocol

import asyncpg
from pydantic_core import from_json, to_json

from chassis.binary_rows import copied
from chassis.database_outages import outages
from chassis.metrics import Metric, metrics
from chassis.queries import timed

Row = Mapping[str, Any]

_CONNECT_SECONDS = 5.0
MANY = 50  # rows from which on COPY is cheaper
_JSONB_VERSION = b"\x01"
_RELEASE_SECONDS = 3.0  # for the server to confirm that it has cancelled an abandoned statement
# So that the server notices a dead client of an idle session within minutes, not hours.
_KEEP_ALIVE = {"tcp_keepalives_idle": "60", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


class Reader(Protocol):
    """What stores need for reading: a transaction, or the database itself for a single statement.

    SQL takes its arguments as `$1`, `$2`, …. An outage raises `Unavailable`; in a transaction, its whole block does.
    """

    async def fetch(self, sql: str, *args: object) -> list[Row]: ...
    async def fetchrow(self, sql: str, *args: object) -> Row | None: ...
    async def fetchval(self, sql: str, *args: object) -> Any: ...


class Transaction:
    """An open transaction. Use cases take it; only the way in (API call, batch, worker step) opens and ends it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        with timed(sql):
            rows: list[Row] = await self._connection.fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        with timed(sql):
            row: Row | None = await self._connection.fetchrow(sql, *args)
        return row

    async def fetchval(self, sql: str, *args: object) -> Any:
        with timed(sql):
            return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Runs a statement, and returns PostgreSQL's status, such as `UPDATE 1`."""
        with timed(sql):
            status: str = await self._connection.execute(sql, *args)
        return status

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs a statement once for each row of arguments."""
        with timed(sql):
            await self._connection.executemany(sql, rows)

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Inserts rows in their order.

        A few go in one round trip; for many COPY takes one more, and half the work for each.
        """
        if len(rows) < MANY:
            await self.executemany(_insertion(table, *columns), rows)
            return
        with timed(f"INSERT INTO {table}"):
            await self._connection.copy_records_to_table(table, columns=columns, records=rows)

    async def copy(self, table: str, columns: Sequence[str], rows: Sequence[bytes]) -> None:
        """Inserts many rows that `binary_rows.row` has made, in their order."""
        data = memoryview(copied(rows))  # bytes would be a file's name
        with timed(f"INSERT INTO {table}"):
            await self._connection.copy_to_table(table, source=data, columns=columns, format="binary")

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Rolls back to here when the block fails, and drops the block's callbacks; the transaction goes on."""
        before = len(self._after_commit)
        try:
            async with self._connection.transaction():
                yield
        except BaseException:
            del self._after_commit[before:]
            raise

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls `callback` once the commit is durable, and never after a rollback. The same callback counts once."""
        if callback not in self._after_commit:
            self._after_commit.append(callback)

    def run_after_commit(self) -> None:
        """Runs the callbacks; `Database.transaction` calls it after the commit."""
        for callback in self._after_commit:
            callback()


class Database:
    """A service's own database behind a small pool (more connections are slower on a hot row).

    Raises `Unavailable` for every outage: connection, deadlock, serialization failure, lock or statement timeout, full
    disk. Errors of the statement itself (a violated constraint …) pass through unchanged.

    When a response takes longer than `silence_ms`, the network counts as down: all connections of the pool are closed.
    The server, too, ends a transaction, which holds locks, when the next statement doesn't come in that time.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        application: str,
        pool_size: int = 4,
        lock_timeout_ms: int = 3_000,
        statement_timeout_ms: int = 10_000,
        silence_ms: int = 12_000,
    ) -> Database:
        """Opens the pool; raises `Unavailable`. `silence_ms` must exceed the server's own statement timeout."""
        with outages():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=pool_size,
                init=_prepare,
                reset=_keep,
                # On a busy machine a new connection, which is several turns of both processes, is no outage.
                timeout=statement_timeout_ms / 1000,
                command_timeout=silence_ms / 1000,
                server_settings={
                    "application_name": application,
                    "lock_timeout": str(lock_timeout_ms),
                    "statement_timeout": str(statement_timeout_ms),
                    "idle_in_transaction_session_timeout": str(silence_ms),
                    "timezone": "UTC",
                    **_KEEP_ALIVE,
                },
            )
        return cls(pool)

    def show_pool(self) -> None:
        """Makes this pool the one of the process's figures."""
        pool = self._pool
        metrics.measure(Metric.POOL_CONNECTIONS, lambda: pool.get_size() - pool.get_idle_size(), state="used")
        metrics.measure(Metric.POOL_CONNECTIONS, pool.get_idle_size, state="idle")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Opens a transaction: commits at the end of the block, rolls back when it raises."""
        with outages():
            async with self._connection() as connection:
                tx = Transaction(connection)
                async with connection.transaction(), self._left_if_silent(connection):
                    yield tx
        tx.run_after_commit()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """Opens a read-only transaction in which every statement sees what was committed at the first one."""
        with outages():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield Transaction(connection)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        with outages():
            async with self._connection() as connection:
                with timed(sql):
                    rows: list[Row] = await connection.fetch(sql, *args)
                return rows

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        with outages():
            async with self._connection() as connection:
                with timed(sql):
                    row: Row | None = await connection.fetchrow(sql, *args)
                return row

    async def fetchval(self, sql: str, *args: object) -> Any:
        with outages():
            async with self._connection() as connection:
                with timed(sql):
                    return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Runs a statement, which commits by itself, and returns PostgreSQL's status."""
        with outages():
            async with self._connection() as connection:
                with timed(sql):
                    return str(await connection.execute(sql, *args))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._pool.acquire()
        try:
            async with self._left_if_silent(connection):
                yield connection
        finally:
            with suppress(TimeoutError):
                await self._pool.release(connection, timeout=_RELEASE_SECONDS)

    @asynccontextmanager
    async def _left_if_silent(self, connection: asyncpg.Connection) -> AsyncIterator[None]:
        """Closes a silent connection at once: nobody there would answer a cancel request or a rollback."""
        try:
            yield
        except TimeoutError:
            connection.terminate()
            await self._pool.expire_connections()
            raise

    async def ping(self) -> None:
        """Raises `Unavailable` when the database doesn't answer."""
        await self.fetchval("SELECT 1")

    async def close(self) -> None:
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


class Session:
    """A connection outside any pool, for a session-level lock or LISTEN; each statement commits by itself."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        with outages():
            rows: list[Row] = await self._connection.fetch(sql, *args)
            return rows

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        with outages():
            row: Row | None = await self._connection.fetchrow(sql, *args)
            return row

    async def fetchval(self, sql: str, *args: object) -> Any:
        with outages():
            return await self._connection.fetchval(sql, *args)

    async def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """Calls `callback` for each NOTIFY on the channel."""
        with outages():
            await self._connection.add_listener(channel, lambda *_: callback())

    async def close(self) -> None:
        self._connection.terminate()


async def open_session(url: str, *, application: str, silence_seconds: float, **server_settings: str) -> Session:
    """Opens a session; the caller closes it. A response later than `silence_seconds` raises `Unavailable`."""
    with outages():
        connection = await asyncpg.connect(
            url,
            timeout=_CONNECT_SECONDS,
            command_timeout=silence_seconds,
            server_settings={"application_name": application, "timezone": "UTC", **_KEEP_ALIVE, **server_settings},
        )
        await _prepare(connection)
        return Session(connection)


async def _keep(connection: asyncpg.Connection) -> None:
    """Replaces the reset of a pooled connection: nothing here changes its session, and the reset costs a round trip."""


async def _prepare(connection: asyncpg.Connection) -> None:
    """COPY takes values as PostgreSQL's own bytes only; of a jsonb those are a version and the text."""
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: _JSONB_VERSION + to_json(value),
        decoder=lambda value: from_json(value[1:]),
        schema="pg_catalog",
        format="binary",
    )


@cache
def _insertion(table: str, *columns: str) -> str:
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 names of our own code


UniqueViolation = asyncpg.UniqueViolationError
CheckViolation = asyncpg.CheckViolationError
DatabaseError = asyncpg.PostgresError
