from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import ascii_letters
from typing import Any, Final

import pytest
from babel.messages.catalog import Message

from languages.shipped import FOLDER
from tests.contract.texts.files import said, updated

pytestmark = pytest.mark.proves("W-1", "W-4")

FILES: Final = sorted(FOLDER.glob("*.po"))
each_language = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def forms(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (text,)


def texts(path: Path) -> Iterator[Message]:
    return (message for message in said(path) if message.id)


def test_spanish_is_shipped() -> None:
    assert "es.po" in [path.name for path in FILES]


@each_language
def test_a_language_has_the_texts_of_the_code_and_no_others(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == updated(path), "run `make texts`"


@each_language
def test_every_text_is_said_in_every_language(path: Path) -> None:
    assert [each.id for each in texts(path) if each.fuzzy or not all(forms(each.string))] == []


@each_language
def test_a_text_has_the_same_values_and_tags_in_every_language(path: Path) -> None:
    """The form for one may leave its number out."""
    wrong = [each.id for each in texts(path) for said_so in forms(each.string) if not fits(said_so, forms(each.id)[-1])]
    assert wrong == []


def fits(translated: str, english: str) -> bool:
    values = [set(re.findall(r"%\((\w+)\)s", text)) - {"count"} for text in (translated, english)]
    tags = [sorted(re.findall(r"<[^>]+>", text)) for text in (translated, english)]
    assert translated % defaultdict(str)  # a lone percent sign would raise
    return values[0] == values[1] and tags[0] == tags[1]


@each_language
def test_nothing_is_said_but_what_our_font_has(path: Path) -> None:
    """Archivo's Latin file: accents, dashes and quotes, no arrows and no narrow spaces."""
    written = "".join(char for each in texts(path) for form in forms(each.string) for char in form)
    accented = "".join(map(chr, range(0xC0, 0x100)))
    shown = "Œœ0123456789 ¿¡–—…’“”«»·×−.,:;@%()_<>\"'/=+-?`&\n\N{NO-BREAK SPACE}"
    assert set(written) - {*ascii_letters, *accented, *shown} == set()
