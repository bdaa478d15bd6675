"""What buyers read is in a catalogue: no text of a page stands bare in a template or in the code behind it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from checkout.web import site
from languages import language_of, speaking
from tests.fixtures.bare_texts import in_module, in_template
from tests.unit.pages.states import TRANSLATED
from ui.environment import environment

pytestmark = pytest.mark.proves("W-1", "W-4")

WEB: Final = Path(site.__file__).parent
TEMPLATES: Final = sorted((WEB / "templates").glob("*.html"))
MODULES: Final = sorted(path for path in WEB.glob("*.py") if path.stem not in {"qr", "__init__"})
# A class of a page, names of payment methods, and headers.
NO_TEXTS: Final = {"buy", "page", "Apple Pay", "Google Pay", "Link", "Accept-Language, Cookie", "Vary"}


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_page_speaks_spanish(name: str) -> None:
    with speaking(language_of("es")):
        html = TRANSLATED[name]().decode()
    assert '<html lang="es-US">' in html
    assert "Vendido por 6FB Workshops" in html
    assert not re.search(r"%\(\w+\)s", re.sub(r'data-words="[^"]*"', "", html))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_text_stands_bare_in_a_template(path: Path) -> None:
    tree = environment(WEB / "templates").parse(path.read_text(encoding="utf-8"))
    assert [text for text in in_template(tree) if text not in NO_TEXTS] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_sentence_stands_bare_behind_a_page(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [text for text in in_module(tree) if text not in NO_TEXTS] == []


def test_a_bare_text_is_seen() -> None:
    template = environment().parse('<p alt="Code">{{ \'Sold out\' if gone else _("Buy now") }}, always</p>')
    module = ast.parse('def f(n):\n    "What it does."\n    return [f"{n} Seats left", gettext("Buy now"), "a-b"]')
    assert in_template(template) == ["always", "Code", "Sold out"]
    assert list(in_module(module)) == [" Seats left"]
