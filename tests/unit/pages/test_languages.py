"""What buyers read is in a catalogue: no text of a page stands bare in a template or in the code behind it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from jinja2 import nodes

from checkout.web import site
from languages import language_of, speaking
from tests.unit.pages import change_states, shop_states
from ui.environment import environment

pytestmark = pytest.mark.proves("W-1", "W-4")

WEB: Final = Path(site.__file__).parent
TEMPLATES: Final = sorted((WEB / "templates").glob("*.html"))
MODULES: Final = sorted(path for path in WEB.glob("*.py") if path.stem not in {"qr", "__init__"})
SPANISH: Final = language_of("es")
SAID_ALOUD: Final = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')
LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
NAMES: Final = {"Apple Pay", "Google Pay", "Link", "Accept-Language, Cookie", "Vary"}
MARKS: Final = {"_", "gettext", "ngettext", "pgettext", "gettext_noop", "translate"}


STATES: Final = {**shop_states.STATES, **change_states.STATES}


@pytest.mark.parametrize("name", STATES)
def test_every_page_speaks_spanish(name: str) -> None:
    with speaking(SPANISH):
        html = STATES[name]().decode()
    assert '<html lang="es-US">' in html
    assert "Vendido por 6FB Workshops" in html
    assert not re.search(r"%\(\w+\)s", re.sub(r'data-words="[^"]*"', "", html))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_text_stands_bare_in_a_template(path: Path) -> None:
    tree = environment(WEB / "templates").parse(path.read_text(encoding="utf-8"))
    html = "".join(data.data for data in tree.find_all(nodes.TemplateData) if data.data != "buy-page")
    shown = re.sub(r"<!doctype html>|<[^>]*>|[\w-]+=\"[^\"]*\"", " ", html)
    assert LETTERS.findall(shown) + LETTERS.findall(" ".join(SAID_ALOUD.findall(html))) == []
    assert [text for text in _constants(tree) if sentence(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_sentence_stands_bare_behind_a_page(path: Path) -> None:
    assert list(_bare(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_a_bare_text_is_seen() -> None:
    template = environment().parse("<p>{{ 'Sold out' if gone else _('Buy now') }}</p>")
    module = ast.parse('def f(n):\n    "What it does."\n    return [f"{n} Seats left", gettext("Buy now"), "a-b"]')
    assert [text for text in _constants(template) if sentence(text)] == ["Sold out"]
    assert list(_bare(module)) == [" Seats left"]


def sentence(text: str) -> bool:
    """Whether it looks like words for people: a capital with letters behind it, and more than a name in code."""
    return text not in NAMES and re.search(r"(?:^|[\s(])[A-Z¿¡][a-z’]+(?:[\s.,:?…]|$)", text) is not None


def _constants(tree: nodes.Node) -> Iterator[str]:
    """The texts in a template's expressions but for those that are marked."""
    if isinstance(tree, nodes.Call) and isinstance(tree.node, nodes.Name) and tree.node.name in MARKS:
        return
    if isinstance(tree, nodes.Const) and isinstance(tree.value, str):
        yield tree.value
    for child in tree.iter_child_nodes():
        yield from _constants(child)


def _bare(tree: ast.AST) -> Iterator[str]:
    """The texts of a module but for docstrings, errors that nobody is shown, and those that are marked."""
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in MARKS:
        return
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and sentence(tree.value):
        yield tree.value
    for child in ast.iter_child_nodes(tree):
        yield from _bare(child)
