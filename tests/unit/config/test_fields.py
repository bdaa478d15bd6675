"""A key of configuration that nothing reads does nothing, and whoever sets it isn't told: there is none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.loading import FILES, models_in
from config.topics import Topics
from tests.fixtures.sources import READ_TOGETHER, tree

pytestmark = READ_TOGETHER

CODE = ("libs", "services", "tools", "deploy")
FILE_MODELS: tuple[type[BaseModel], ...] = (*FILES.values(), Topics)
_CHECKS = {"field_validator", "model_validator"}
FIELDS = [
    pytest.param(model, name, id=f"{model.__name__}.{name}")
    for model in dict.fromkeys(chain.from_iterable(models_in(file) for file in FILE_MODELS))
    for name in model.model_fields
]


def read_names() -> set[str]:
    """The attributes that code reads; what only checks a file doesn't count."""
    return {found for folder in CODE for path in Path(folder).rglob("*.py") for found in _read(tree(path))}


def _read(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef) and any(map(_is_check, node.decorator_list)):
        return
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield node.attr
    for inner in ast.iter_child_nodes(node):
        yield from _read(inner)


def _is_check(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in _CHECKS


@pytest.fixture(scope="module")
def read() -> set[str]:
    return read_names()


@pytest.mark.proves("O-13")
@pytest.mark.parametrize(("model", "field"), FIELDS)
def test_every_key_is_read(model: type[BaseModel], field: str, read: set[str]) -> None:
    assert field in read, f"no code reads {model.__name__}.{field}: a key comes with what it is for"


@pytest.mark.parametrize(("model", "field"), FIELDS)
def test_every_key_is_explained(model: type[BaseModel], field: str) -> None:
    """What is missing in a file is named by its description."""
    assert model.model_fields[field].description, f"{model.__name__}.{field} has no description"
