"""One source for what an installation may set: the settings classes, in both directions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from chassis.crashpoints import VARIABLE
from cli.environment import SURROUNDINGS
from cli.settings import settings_of
from stack import reference
from stack.layout import ROOT, SERVICES
from stack.variables import all_variables, processes
from tests.fixtures.sources import READ_TOGETHER, nodes

pytestmark = READ_TOGETHER

CODE = ("libs", "services", "tools", "deploy")
# What code reads or sets and no installation does: arguments of make, a test's, and other programs' own.
NOT_OURS = {
    *("STATE", "PORT", "BROKERS"),
    VARIABLE,
    *SURROUNDINGS,
    *("PGPASSWORD", "PYTHONUNBUFFERED", "VIRTUAL_ENV", "UV_FIND_LINKS", "PIP_DISABLE_PIP_VERSION_CHECK"),
    *("UV_LINK_MODE", "XDG_DATA_HOME", "XDG_CONFIG_HOME"),
}
_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_ENVIRONMENTS = re.compile(r"environ|env|values|known")
_READERS = {"need", "read_variable", "getenv"}
FIELDS = sorted({field for settings in processes().values() for field in settings.model_fields})


@pytest.fixture(scope="module")
def trees() -> dict[Path, tuple[ast.AST, ...]]:
    files = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in CODE)
    return {path: nodes(path) for path in files}


def names_read(node: ast.AST) -> Iterator[object]:
    """The variables that an expression takes out of an environment."""
    match node:
        case ast.Subscript(value=place, slice=ast.Constant(value=str(name))) if is_environment(place):
            yield name
        case ast.Call(func=ast.Attribute(value=place, attr="get" | "pop"), args=[ast.Constant(value=str(name)), *_]):
            if is_environment(place):
                yield name
        case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn()], comparators=[place]):
            if is_environment(place):
                yield name
        case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function), args=arguments):
            if function in _READERS:
                yield from (part.value for part in arguments if isinstance(part, ast.Constant))
        case _:
            return


def is_environment(place: ast.expr) -> bool:
    return _ENVIRONMENTS.fullmatch(named(place)) is not None


def named(place: ast.expr) -> str:
    """What an object is called where something is taken from it: `settings` of `self._settings.public_url`."""
    match place:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name)):
            return name.strip("_")
        case _:
            return ""


def fields_read(path: Path, nodes: list[ast.AST]) -> Iterator[str]:
    """Attributes of settings, in the settings' own modules those of `self` too."""
    places = {"settings", "embedded", "from_environ", *(["self"] if "settings" in str(path.relative_to(ROOT)) else [])}
    return (node.attr for node in nodes if isinstance(node, ast.Attribute) and named(node.value) in places)


@pytest.mark.proves("O-13")
def test_every_variable_that_code_reads_is_a_setting(trees: dict[Path, list[ast.AST]]) -> None:
    read = chain.from_iterable(names_read(node) for nodes in trees.values() for node in nodes)
    found = {name for name in read if isinstance(name, str) and _NAME.fullmatch(name)}
    known = {variable.name for variable in all_variables()}
    assert "AUTH_SIGNING_KEY" in found, "the search finds what the command line reads"
    assert found - known - NOT_OURS == set(), "give them a settings class, by which make up and Compose pass them on"


@pytest.mark.proves("O-13")
def test_every_setting_is_read_by_code(trees: dict[Path, list[ast.AST]]) -> None:
    read = set(chain.from_iterable(fields_read(path, nodes) for path, nodes in trees.items()))
    assert [field for field in FIELDS if field not in read] == [], "a variable comes with what it is for"


def test_every_setting_is_described_and_alike_in_each_service() -> None:
    described: dict[str, set[str | None]] = {}
    for service in SERVICES:
        settings = settings_of(service)
        for field, info in settings.model_fields.items():
            described.setdefault(settings.variable(field), set()).add(info.description)
    assert {name: words for name, words in described.items() if len(words) > 1 or None in words} == {}


@pytest.mark.proves("O-13")
def test_the_texts_for_people_are_up_to_date() -> None:
    """`python -m stack example` writes them."""
    assert Path(ROOT / ".env.example").read_text(encoding="utf-8") == reference.example()
    assert Path(ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == reference.page()


def test_secrets_are_marked_as_such() -> None:
    secret = {variable.name for variable in all_variables() if variable.secret}
    assert {"STRIPE_SECRET_KEY", "AUTH_SIGNING_KEY", "DATABASE_URL_MONITOR", "SLACK_WEBHOOK_URL"} <= secret
    assert not {"PUBLIC_URL", "AUTH_PUBLIC_KEYS", "STRIPE_PUBLISHABLE_KEY", "TWILIO_PHONE_NUMBER"} & secret
