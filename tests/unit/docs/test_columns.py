"""Statements name their columns: one that is added while people buy must not change what a prepared one returns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Every column of a table. What stands in the statement itself, as the arrays of an `unnest`, no migration changes.
ALL_COLUMNS = re.compile(r"\b(?:SELECT|RETURNING)\s+(?:\w+\.)?\*(?!(?:\s*,[^\n]*)?\s+FROM\s+unnest\()")


@pytest.mark.proves("X-4")
def test_no_statement_takes_whatever_columns_there_are() -> None:
    files = [file for root in ("libs", "services") for file in Path(root).rglob("*.py")]
    assert [str(file) for file in files if ALL_COLUMNS.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("statement", ["SELECT * FROM orders", "SELECT o.* FROM orders AS o", "UPDATE x\nRETURNING *"])
def test_such_a_statement_is_found(statement: str) -> None:
    assert ALL_COLUMNS.search(statement)


@pytest.mark.parametrize("statement", ["SELECT *, $9\nFROM unnest($1::text[])", "SELECT count(*) FROM orders"])
def test_others_are_not(statement: str) -> None:
    assert not ALL_COLUMNS.search(statement)
