"""Texts and code point only to what is in the repository."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
KINDS = {".py", ".md", ".sql", ".yaml", ".toml", ".css", ".js", ".html", ".txt", ".sh"}
PAGE = re.compile(r"(?<![\w*{}./-])((?:[\w.-]+/)*[\w-]+\.md)\b")
# A paragraph of a document that is somewhere else.
PARAGRAPH = re.compile(r"\b(?:design|look|limits|spec)\b[^\n]{0,12}§")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if Path(name).suffix in KINDS]


def pointers(path: Path, text: str) -> Iterator[str]:
    """Pages that a text names and the repository lacks, and paragraphs of documents."""
    for found in PAGE.finditer(text):
        places = (ROOT / found[1], path.parent / found[1], ROOT / "docs" / found[1])
        if not any(place.exists() for place in places):
            yield found[1]
    yield from (found[0] for found in PARAGRAPH.finditer(text))


def test_no_text_points_to_what_is_not_here() -> None:
    lost = {
        f"{path.relative_to(ROOT)}: {pointer}"
        for path in tracked()
        if path.is_file() and path != Path(__file__).resolve()
        for pointer in pointers(path, path.read_text(encoding="utf-8", errors="replace"))
    }
    assert not lost


def test_a_pointer_to_nothing_is_found() -> None:
    here = Path(__file__)
    assert list(pointers(here, "as limits.md says")) == ["limits.md"]
    assert list(pointers(here, "measured (design §10)")) == ["design §"]
    assert not list(pointers(here, "docs/architecture.md has the picture, CONTRIBUTING.md the rules"))
