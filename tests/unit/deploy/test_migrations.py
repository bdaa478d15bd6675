"""While an update lasts, and after one that is turned back, the release before works on the newer database."""

from __future__ import annotations

import re

import pytest

from cli.migrations import folders
from stack.layout import SERVICES

pytestmark = pytest.mark.proves("L-10")

# What takes something away from whoever doesn't know of it, or asks something of them.
_TAKING = re.compile(
    r"\bdrop\s+(?:column|table|view|function)\b|\brename\b|\bset\s+not\s+null\b"
    r"|\balter\s+column\s+\w+\s+(?:set\s+data\s+)?type\b"
)
_COLUMN = re.compile(r"\badd\s+column\b[^,;]*")
# Partitions of the bus's own tables come and go.
_PARTITIONS = re.compile(r"execute\s+format\('drop table [^;]*;")
# Of before this was a rule.
EARLIER = {
    "0052_audit_record.sql", "0060_job_runs.sql", "0101_alerts.sql", "0104_stock_versions.sql", "0108_raw_receipts.sql",
    "0105_acknowledgements.sql", "0120_limits.sql", "0160_deed_answers.sql", "0171_order_stock.sql",
}  # fmt: skip


def breaks(text: str) -> list[str]:
    up = text.partition("-- migrate:down")[0].lower()
    statements = _PARTITIONS.sub("", "\n".join(line.partition("--")[0] for line in up.splitlines()))
    needed = (each for each in _COLUMN.findall(statements) if "not null" in each and "default" not in each)
    return [*_TAKING.findall(statements), *needed]


def test_a_migration_leaves_what_the_release_before_needs() -> None:
    found = {path for service in SERVICES for folder in folders(service) for path in folder.glob("*.sql")}
    breaking = {path.name: what for path in found if (what := breaks(path.read_text()))}
    assert {name: what for name, what in breaking.items() if name not in EARLIER} == {}, "docs/adr tells the two steps"
    assert set(breaking) & EARLIER == EARLIER


@pytest.mark.parametrize(
    "statement",
    [
        "alter table orders drop column note;",
        "ALTER TABLE orders RENAME TO purchases;",
        "alter table orders\n  alter column note set not null;",
        "alter table orders alter column total type bigint;",
        "alter table orders add column place int, add column note text not null;",
        "drop table notes;",
    ],
)
def test_what_takes_away_or_asks_is_seen(statement: str) -> None:
    assert breaks(f"-- migrate:up\n{statement}\n-- migrate:down\n")


@pytest.mark.parametrize(
    "statement",
    [
        "create table notes (note text not null);",
        "alter table orders add column note text not null default '';",
        "alter table orders add column note text default '' not null;",
        "alter table orders add column note text, add column other int not null default 0;",
        "alter table orders drop constraint orders_state_check, add constraint orders_state_check check (true);",
        "-- a note on why nobody may rename this\nselect 1;",
    ],
)
def test_what_adds_is_not_in_the_way(statement: str) -> None:
    assert breaks(f"-- migrate:up\n{statement}\n-- migrate:down\ndrop table orders;\n") == []
