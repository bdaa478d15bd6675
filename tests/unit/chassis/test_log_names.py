"""M-18: every name that the code logs stands in the catalogue, at the level that it is logged with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.telemetry import CATALOGUE, Level

LEVELS = {"info": Level.INFO, "warning": Level.WARN, "error": Level.ERROR, "exception": Level.ERROR, "record": None}
ROOTS = ("libs", "services", "tools")


def logged(path: Path) -> Iterator[tuple[int, str, Level | None]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        if "log" not in ast.unparse(node.func.value) or "logging" in ast.unparse(node.func.value):
            continue
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            yield node.lineno, node.args[0].value, LEVELS[node.func.attr]


@pytest.mark.proves("M-18")
def test_every_logged_name_stands_in_the_catalogue() -> None:
    wrong = []
    for path in sorted(file for root in ROOTS for file in Path(root).rglob("*.py")):
        for line, name, level in logged(path):
            known = CATALOGUE.get(name)
            if known is None or (level is not None and known.level is not level):
                wrong.append(f"{path}:{line}: {name}")
    assert wrong == []


def test_the_search_finds_what_it_looks_for() -> None:
    path = Path("libs/chassis/http/observe.py")
    assert {name for _, name, _ in logged(path)} >= {"request_metrics", "slow_request", "request_failed"}
