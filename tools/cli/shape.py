"""How the commands show themselves in the help: examples keep their lines, and flags don't say that they are flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """One command."""

    def get_params(self, ctx: Any) -> Any:
        return _plain(super().get_params(ctx))


class Group(TyperGroup):
    """Commands under one name."""

    def get_params(self, ctx: Any) -> Any:
        return _plain(super().get_params(ctx))


class App(typer.Typer):
    """A group that shows its help when nothing is asked for."""

    def __init__(self, *, help: str, **options: Any) -> None:  # noqa: A002 - Typer's name
        super().__init__(help=help, no_args_is_help=True, **{"cls": Group, **options})

    def command(self, name: str | None = None, **options: Any) -> Callable[..., Any]:
        return super().command(name, **{"cls": Command, **options})


def _plain(parameters: list[Any]) -> list[Any]:
    """Without `<bool>`, which tells nobody anything."""
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters
