"""M-18: each name of the catalogue has its fields, and the code writes no other ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.telemetry import CATALOGUE
from chassis.telemetry.fields import FIELDS
from tests.fixtures.sources import READ_TOGETHER, nodes
from tests.unit.chassis.test_log_names import LEVELS, sources

pytestmark = READ_TOGETHER

ANY = {"exc_info"}
REQUEST = {"path", "method", "statusCode", "duration", "query", "userAgent", "ip"}


def written(path: Path) -> Iterator[tuple[int, str, set[str]]]:
    """Lines of the log that the file writes, with the fields that it names."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and _logs(node.func):
            name = node.args[0].value
            if isinstance(name, str) and name in CATALOGUE:
                yield node.lineno, name, {each.arg for each in node.keywords if each.arg} - ANY


def _logs(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in LEVELS and "log" in ast.unparse(function.value)
    return isinstance(function, ast.Name) and function.id == "count_error"


@pytest.mark.proves("M-18")
def test_every_name_has_its_fields_and_no_line_has_others() -> None:
    assert set(FIELDS) == set(CATALOGUE)
    wrong = [
        f"{path}:{line}: {name}: {sorted(fields - set(FIELDS[name]))}"
        for path in sources()
        for line, name, fields in written(path)
        if not fields <= set(FIELDS[name])
    ]
    assert wrong == []


@pytest.mark.proves("M-18", "A-12")
def test_requests_are_told_with_what_was_agreed() -> None:
    for name in ("request_metrics", "slow_request"):
        assert set(CATALOGUE[name].fields) >= REQUEST
