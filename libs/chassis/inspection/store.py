"""All SQL about what PostgreSQL does in the service's own database."""

from __future__ import annotations

from typing import Final

from chassis.database import Reader
from chassis.inspection.schemas import Session, Statement
from chassis.inspection.statements import without_values

_SESSIONS: Final = """
SELECT s.pid, coalesce(s.application_name, '') AS application, coalesce(s.state, '') AS state,
       extract(epoch FROM clock_timestamp() - CASE s.state WHEN 'active' THEN s.query_start ELSE s.state_change END)
         ::float8 AS seconds,
       extract(epoch FROM clock_timestamp() - s.xact_start)::float8 AS transaction_seconds,
       s.wait_event_type || ' ' || s.wait_event AS waits_for,
       (SELECT l.mode || ' on ' || coalesce(l.relation::regclass::text, l.locktype)
        FROM pg_locks AS l WHERE l.pid = s.pid AND NOT l.granted LIMIT 1) AS lock,
       CASE WHEN s.wait_event_type = 'Lock' THEN pg_blocking_pids(s.pid) ELSE '{}' END AS blocked_by,
       s.query AS statement
FROM pg_stat_activity AS s
WHERE s.datname = current_database() AND s.backend_type = 'client backend' AND s.pid <> pg_backend_pid()
ORDER BY s.xact_start NULLS LAST, s.pid
LIMIT 200
"""
# Installed, and loaded by the server.
_COUNTED: Final = """
SELECT to_regclass('pg_stat_statements') IS NOT NULL AND current_setting('pg_stat_statements.max', true) IS NOT NULL
"""
_COSTLIEST: Final = """
SELECT calls, total_exec_time AS total_ms, mean_exec_time AS mean_ms, query AS statement FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT 20
"""


async def sessions(reader: Reader) -> list[Session]:
    """Every connection to this database but our own, the oldest transaction first."""
    rows = await reader.fetch(_SESSIONS)
    return [Session.model_validate({**row, "statement": without_values(row["statement"])}) for row in rows]


async def costliest(reader: Reader) -> list[Statement] | None:
    """The statements that took most time in all; None where PostgreSQL doesn't count them."""
    if not await reader.fetchval(_COUNTED):
        return None
    rows = await reader.fetch(_COSTLIEST)
    return [Statement.model_validate({**row, "statement": without_values(row["statement"])}) for row in rows]
