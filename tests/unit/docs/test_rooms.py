"""The rooms follow one plan (docs/architecture.md, docs/adr/0007): whoever knows one knows all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.fixtures.sources import READ_TOGETHER, nodes, tree
from tests.unit.docs.proofs import ROOT

pytestmark = READ_TOGETHER

SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "app.py").exists())
# Rooms, and the folders in them.
FILES = sorted(path for service in SERVICES for path in (ROOT / "services" / service).glob("*/**/*.py"))
SQL = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s")
WRITING = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s")
# What stands between a request, a record or a moment and a use case: ways in, and flows that call outwards in between.
PURE = ("domain.py", "store.py", "service.py")
WAYS_IN = {"api", "page", "consumers", "workers", "jobs"}


def name(path: Path) -> str:
    return path.relative_to(ROOT / "services").as_posix()


def service_of(path: Path) -> str:
    return path.relative_to(ROOT / "services").parts[0]


def room(path: Path) -> str:
    return path.relative_to(ROOT / "services").parts[1]


def is_store(path: Path) -> bool:
    return path.name == "store.py" or path.name.endswith("_store.py")


def texts(node: ast.AST) -> Iterator[str]:
    """Strings of the code that are not docstrings."""
    docstrings = {
        id(body.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for body in part.body[:1]
        if isinstance(body, ast.Expr)
    }
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and id(inner) not in docstrings:
            yield inner.value


def imports(path: Path) -> Iterator[tuple[str, str, str]]:
    """`(room, file, name)` of what a file imports from other rooms of its service; the name is empty for a file."""
    service = service_of(path)
    for node in nodes(path):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        steps = node.module.split(".")
        if steps[0] != service or len(steps) < 2 or not (ROOT / "services" / service / steps[1]).is_dir():
            continue
        for each in node.names:
            if steps[1] != room(path):
                yield (steps[1], each.name, "") if len(steps) == 2 else (steps[1], steps[2], each.name)


def used(path: Path, of_room: str, file: str) -> Iterator[str]:
    """Names that a file uses of another room's module, imported by themselves or under an alias."""
    aliases = {
        each.asname or each.name
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module == f"{service_of(path)}.{of_room}"
        for each in node.names
        if each.name == file
    }
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.attr
    yield from (of for found, module, of in imports(path) if (found, module) == (of_room, file) and of)


def test_sql_is_in_stores_only() -> None:
    found = {name(path) for path in FILES if not is_store(path) for text in texts(tree(path)) if SQL.match(text)}
    assert found == set()


def test_a_use_case_never_opens_its_transaction() -> None:
    opening = {
        name(path)
        for path in FILES
        if path.name in PURE or is_store(path)
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "transaction"
    }
    assert opening == set()


def test_decisions_wait_for_nothing() -> None:
    """A port that others fill may wait; whoever decides may not."""
    ports = {
        id(method)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "Protocol" for base in node.bases)
        for method in node.body
    }
    waiting = {
        name(path)
        for path in FILES
        if path.name == "domain.py"
        for node in nodes(path)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await) and id(node) not in ports
    }
    assert waiting == set()


def test_answers_with_a_status_are_told_apart_in_one_file_a_room() -> None:
    elsewhere = {
        name(path)
        for path in FILES
        if path.name != "errors.py"
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Condition" for base in node.bases)
    }
    assert elsewhere == set()


def test_no_room_uses_the_ways_in_of_another() -> None:
    found = {f"{name(path)} -> {other}.{file}" for path in FILES for other, file, _ in imports(path) if file in WAYS_IN}
    assert found == set()


def test_a_room_changes_its_own_rows_only() -> None:
    """Another room's rows may be read, in the same transaction; they are changed by its service."""
    found = set()
    for path in FILES:
        for other, file, _ in imports(path):
            store = ROOT / "services" / service_of(path) / other / f"{file}.py"
            if store.exists() and is_store(store):
                changing = {
                    each.name for each in _functions(store) if any(map(WRITING.search, _statements(store, each)))
                }
                found |= {
                    f"{name(path)} -> {other}.{file}.{each}" for each in used(path, other, file) if each in changing
                }
    assert found == set()


@pytest.mark.parametrize("service", SERVICES)
def test_rooms_know_each_other_in_one_direction(service: str) -> None:
    known: Mapping[str, set[str]] = {room(path): set() for path in FILES if service_of(path) == service}
    for path in FILES:
        if service_of(path) == service:
            known[room(path)].update(other for other, _, _ in imports(path))
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        pytest.fail(f"{service}: {' -> '.join(error.args[1])}")


def _statements(path: Path, function: ast.AST) -> Iterator[str]:
    """SQL of a function, in it or in a constant of its file."""
    constants = {
        target.id: node.value
        for node in tree(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    yield from texts(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in constants:
            yield from texts(constants[node.id])


def _functions(path: Path) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            yield node
