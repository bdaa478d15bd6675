"""docs/requirements.md says what is built, and the tests' markers say what is proven: the same, in both directions."""

from __future__ import annotations

import pytest

from tests.fixtures.sources import READ_TOGETHER
from tests.unit.docs.proofs import PAGE, MarkerError, Row, ids_in, proofs, report, rows

pytestmark = READ_TOGETHER
HOW = "write a line for what is new, and take one away that nothing proves"


def listed() -> dict[str, Row]:
    return {row.id: row for row in rows(PAGE.read_text(encoding="utf-8"))}


def test_what_the_tests_prove_is_on_the_page() -> None:
    missing = sorted(set(proofs()) - set(listed()))
    assert not missing, f"no line for {', '.join(missing)}: {HOW}"


def test_what_is_on_the_page_is_proven() -> None:
    unproven = sorted(set(listed()) - set(proofs()))
    assert not unproven, f"no test proves {', '.join(unproven)}: {HOW}"


def test_every_line_has_words_and_no_id_stands_twice() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert len({row.id for row in found}) == len(found)
    assert all(len(row.words) > 20 for row in found)


def test_markers_are_found_wherever_they_stand() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.stack, pytest.mark.proves("C-1")]
@pytest.mark.proves("C-4", "E-4")
async def test_a(): ...
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.proves("I-5"))])
def test_b(x): ...
"""
    assert sorted(ids_in(source)) == ["C-1", "C-4", "E-4", "I-5"]


@pytest.mark.parametrize("argument", ["ID", "'C-4b'", "'c-4'", "f'C-{n}'"])
def test_a_marker_that_can_not_be_read_is_a_mistake(argument: str) -> None:
    with pytest.raises(MarkerError):
        list(ids_in(f"@pytest.mark.proves({argument})\ndef test_a(): ..."))


def test_the_tests_of_a_requirement_are_printed_below_its_words() -> None:
    page = "# Title\n\n| C-1 | Buys a ticket. |\n| C-2 | Loads what is sold. |\n"
    found = {"C-1": ("a.py", "b.py"), "C-2": ("c.py",)}
    assert report(page, found, only=["C-1", "C-9"]).splitlines() == [
        "C-1  Buys a ticket.",
        "      tests/a.py",
        "      tests/b.py",
        "",
        "C-9  is not on docs/requirements.md",
    ]
    assert report(page, found).count("tests/") == 3
