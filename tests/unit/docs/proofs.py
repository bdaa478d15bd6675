"""Which test files prove which requirement: read from the `proves` markers, without importing a test.

`make proofs` prints them with the words of docs/requirements.md.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "requirements.md"
TESTS = ROOT / "tests"
FORM = re.compile(r"[A-Z]+-\d+")
_ROW = re.compile(r"^\| (?P<id>[A-Z]+-\d+) \| (?P<words>.*?) \|$")


class MarkerError(Exception):
    """A marker that can't be read without running the test, or whose ids have another form."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page."""

    id: str
    words: str


@cache
def proofs(folder: Path = TESTS) -> Mapping[str, tuple[str, ...]]:
    """The files by id, as paths from `folder`, sorted."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for each in ids_in(path.read_text(encoding="utf-8"), name=str(path)):
            found.setdefault(each, set()).add(path.relative_to(folder).as_posix())
    return {each: tuple(sorted(files)) for each, files in found.items()}


def ids_in(source: str, *, name: str = "<source>") -> Iterator[str]:
    """Every id in a `pytest.mark.proves(…)` of a module, wherever it stands."""
    for node in ast.walk(ast.parse(source, filename=name)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "proves":
            for argument in node.args:
                yield _id_of(argument, f"{name}:{node.lineno}")


def _id_of(argument: ast.expr, place: str) -> str:
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        raise MarkerError(f"{place}: write ids as plain text, so that they can be found")
    if not FORM.fullmatch(argument.value):
        raise MarkerError(f"{place}: {argument.value!r} is no id such as C-4")
    return argument.value


def rows(page: str) -> Sequence[Row]:
    """The lines of the page that stand for a requirement."""
    found = (_ROW.match(line) for line in page.splitlines())
    return [Row(match["id"], match["words"]) for match in found if match]


def report(page: str, found: Mapping[str, tuple[str, ...]], *, only: Collection[str] = ()) -> str:
    """Each requirement with its words, and below it the files that prove it; of `only` these when any are named."""
    wanted = [row for row in rows(page) if not only or row.id in only]
    unknown = sorted(set(only) - {row.id for row in wanted})
    lines = [line for row in wanted for line in (f"{row.id}  {row.words}", *_files(found.get(row.id, ())), "")]
    return "\n".join([*lines, *(f"{each}  is not on {PAGE.relative_to(ROOT)}" for each in unknown)]).rstrip() + "\n"


def _files(tests: Sequence[str]) -> Sequence[str]:
    return [f"      tests/{test}" for test in tests] or ["      no test"]


def main() -> None:
    sys.stdout.write(report(PAGE.read_text(encoding="utf-8"), proofs(), only=sys.argv[1:]))


if __name__ == "__main__":
    main()
