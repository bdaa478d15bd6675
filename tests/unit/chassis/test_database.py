"""Which errors are an outage, and never the fault of the work at hand."""

from __future__ import annotations

import asyncpg
import pytest

from chassis.database_outages import is_outage
from chassis.errors import Unavailable

OUTAGES = [
    Unavailable("database: away"),
    ConnectionResetError(),
    TimeoutError(),
    asyncpg.DeadlockDetectedError(),
    asyncpg.AdminShutdownError(),
    asyncpg.CrashShutdownError(),
    asyncpg.DiskFullError(),
    asyncpg.QueryCanceledError(),
    asyncpg.InterfaceError("connection is closed"),
    # What the rollback meets when PostgreSQL was killed in the middle of its answer.
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
]
MISTAKES = [
    ValueError(),
    asyncpg.UniqueViolationError(),
    asyncpg.UndefinedTableError(),
    asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
    asyncpg.InternalClientError("got result for unknown protocol state 9"),
]


@pytest.mark.proves("E-5")
@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_an_outage_is_known_as_one(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.proves("E-5")
@pytest.mark.parametrize("error", MISTAKES, ids=repr)
def test_a_mistake_is_not_taken_for_an_outage(error: Exception) -> None:
    assert not is_outage(error)
