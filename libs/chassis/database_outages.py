"""Which errors of PostgreSQL are outages, and what of an error may be told."""

from __future__ import annotations

import asyncio

import asyncpg

from chassis.errors import Unavailable
from chassis.telemetry.failures import message_of

# The errors that mean an outage of the database; they are never the fault of the work at hand (E-5).
_OUTAGES: tuple[type[BaseException], ...] = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.CannotConnectNowError,
    # A stand-by, or the old primary after a failover.
    asyncpg.ReadOnlySQLTransactionError,
)


class outages:  # noqa: N801 - reads as a statement: `with outages():`
    """Tells an outage of the database as Unavailable, and lets everything else pass."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None and not isinstance(error, Unavailable) and is_outage(error):
            raise Unavailable(f"database: {type(error).__name__}") from error


def is_outage(error: BaseException) -> bool:
    """Whether the error is an outage, which is no fault of the work and passes."""
    return isinstance(error, (Unavailable, asyncpg.QueryCanceledError, *_OUTAGES)) or _connection_gone(error)


def _connection_gone(error: BaseException) -> bool:
    # asyncpg raises InterfaceError for a connection that closed meanwhile, and for a caller's mistakes. After a server
    # has died in the middle of its response, the next statement, usually the rollback, fails with InternalClientError
    # and hides the first error.
    if isinstance(error, asyncpg.InternalClientError):
        return "cannot switch to state" in str(error)
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)


# PostgreSQL quotes the value in messages of these classes: it does not fit its type (22), or breaks a constraint (23).
_QUOTING = ("22", "23")


@message_of.register
def _(error: asyncpg.PostgresError) -> str:
    """Without DETAIL, HINT and CONTEXT, which carry whole rows."""
    if not str(error.sqlstate or "").startswith(_QUOTING):
        return str(error.args[0]) if error.args else ""
    places = {"table": error.table_name, "column": error.column_name, "constraint": error.constraint_name}
    named = ", ".join(f"{what} {name}" for what, name in places.items() if name)
    return f"SQLSTATE {error.sqlstate}{f', {named}' if named else ''}"
