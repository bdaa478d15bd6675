"""Times the statements that a service sends to its database, by names that follow from their text (M-4, A-8)."""

from __future__ import annotations

import re
from functools import lru_cache
from time import perf_counter
from typing import Final

from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger

log = get_logger()

SLOW_SECONDS: Final = 0.5
# Our keywords are upper case and our names lower case, so that `FOR UPDATE SKIP` names nothing.
_CHANGE: Final = re.compile(r"\b(INSERT INTO|DELETE FROM|UPDATE)\s+([a-z_][a-z0-9_]*)")
_READ: Final = re.compile(r"\bFROM\s+([a-z_][a-z0-9_]*)\b(?!\()")
_OF_A_DAY: Final = re.compile(r"[_p]*\d+\Z")
_VERBS: Final = {"INSERT INTO": "insert", "DELETE FROM": "delete", "UPDATE": "update"}


class timed:  # noqa: N801 reads as a statement: `with timed(sql):`
    """Observes how long the block takes; a slow one is a line in the log."""

    __slots__ = ("_began", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        self._began = perf_counter()

    def __exit__(self, *_error: object) -> None:
        seconds = perf_counter() - self._began
        name = query_name(self._sql)
        metrics.observe(Metric.QUERY_DURATION, seconds, query=name)
        if seconds > SLOW_SECONDS:
            log.warning("slow_query", query=name, duration=round(seconds * 1000, 1))


@lru_cache(maxsize=2048)
def query_name(sql: str) -> str:
    """What a statement does to which table: `insert outbox`, `select orders`; one that names none is `other`."""
    change = _CHANGE.search(sql)
    if change:
        return f"{_VERBS[change[1]]} {_table(change[2])}"
    read = _READ.search(sql)
    return f"select {_table(read[1])}" if read else "other"


def _table(name: str) -> str:
    """Partitions of days count as their table."""
    return _OF_A_DAY.sub("", name)
