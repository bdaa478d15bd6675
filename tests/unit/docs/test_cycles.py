"""No module imports itself by way of others: every part can be read, and tested, after the parts that it stands on."""

from __future__ import annotations

import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[3]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(imports(root_packages())) == ()


def test_a_circle_is_found() -> None:
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def root_packages() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages: list[str] = settings["tool"]["importlinter"]["root_packages"]
    return packages


def imports(packages: list[str]) -> dict[str, set[str]]:
    """What each module imports, for its types alone, too."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(imported: dict[str, set[str]]) -> tuple[str, ...]:
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as found:
        return tuple(found.args[1])
    return ()
