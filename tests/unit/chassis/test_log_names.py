"""M-18: every name that the code logs stands in the catalogue, at the level that it is logged with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.telemetry import CATALOGUE, Level
from chassis.telemetry.masking import REDACTED, mask_fields
from tests.fixtures.sources import READ_TOGETHER, nodes

pytestmark = READ_TOGETHER

LEVELS = {"info": Level.INFO, "warning": Level.WARN, "error": Level.ERROR, "exception": Level.ERROR, "record": None}
ROOTS = ("libs", "services", "tools")
# The sandbox stands outside as the vendors do; its lines join ours as a library's do.
LIBRARY_LINES = ("libs/chassis/telemetry", "tools/sandbox")


def logged(path: Path) -> Iterator[tuple[int, str, Level | None]]:
    for node in nodes(path):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        if "log" not in ast.unparse(node.func.value):
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            yield node.lineno, node.args[0].value, LEVELS[node.func.attr]


def sources() -> list[Path]:
    files = (file for root in ROOTS for file in Path(root).rglob("*.py"))
    return sorted(file for file in files if not str(file).startswith(LIBRARY_LINES))


@pytest.mark.proves("M-18")
def test_nobody_logs_past_the_catalogue() -> None:
    named_logger = re.compile(r"getLogger\([^)]")
    assert [str(path) for path in sources() if named_logger.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.proves("M-18")
def test_every_logged_name_stands_in_the_catalogue() -> None:
    wrong = []
    for path in sources():
        for line, name, level in logged(path):
            known = CATALOGUE.get(name)
            if known is None or (level is not None and known.level is not level):
                wrong.append(f"{path}:{line}: {name}")
    assert wrong == []


@pytest.mark.proves("M-15", "M-18")
def test_no_field_of_a_line_is_named_so_that_it_would_always_be_masked() -> None:
    fields = [
        (f"{path}:{node.lineno}", keyword.arg)
        for path in sources()
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS
        if "log" in ast.unparse(node.func.value)
        for keyword in node.keywords
        if keyword.arg
    ]
    assert len(fields) > 100
    assert [where for where, name in fields if mask_fields({name: "text"}) == {name: REDACTED}] == []


def test_the_search_finds_what_it_looks_for() -> None:
    path = Path("libs/chassis/http/observe.py")
    assert {name for _, name, _ in logged(path)} >= {"request_metrics", "slow_request", "request_failed"}
