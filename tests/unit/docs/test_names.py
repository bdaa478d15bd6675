"""One name, one thing: no public class name stands in two rooms of one service, and every module says what it is."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.sources import READ_TOGETHER, tree

pytestmark = READ_TOGETHER
ROOT = Path(__file__).resolve().parents[3]
SERVICES = sorted(path for path in (ROOT / "services").iterdir() if (path / "app.py").is_file())
SOURCES = ("libs", "services", "tools")


def classes(path: Path) -> Iterator[str]:
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def rooms_by_class(service: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in service.rglob("*.py"):
        room = path.relative_to(service).parts[0]
        for name in classes(path):
            found[name].add(room)
    return found


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_class_name_stands_in_one_room(service: Path) -> None:
    assert {name: sorted(rooms) for name, rooms in rooms_by_class(service).items() if len(rooms) > 1} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
        if ast.get_docstring(tree(path)) is None
    ]
    assert silent == []


def test_no_docstring_is_nothing_but_an_id() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.fullmatch(r'\s*"""[A-Z]-[0-9]+\.?"""', line)
    ]
    assert bare == []


def test_the_glossary_is_short_and_has_each_word_once() -> None:
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines() if "| **" in line]
    words = [word for row in rows for word in row.split("|")[1].replace("**", "").strip().split(", ")]
    assert len(rows) <= 50
    assert len(set(words)) == len(words)
