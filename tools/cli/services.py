"""Asking the admin APIs of several services: each has the dead letters and subscriptions of its own groups."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cli.environment import SERVICES
from cli.errors import CommandError, UsageError


def services_named(names: Sequence[str]) -> list[str]:
    """The services; all of them when none is named."""
    unknown = sorted(set(names) - set(SERVICES))
    if unknown:
        raise UsageError(f"There is no service “{unknown[0]}”: write one of {', '.join(SERVICES)}.")
    return [name for name in SERVICES if name in names] or list(SERVICES)


def each(services: Sequence[str], ask: Callable[[str], Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What those say that answer. One that doesn't is named on stderr; when none does, the command has failed."""
    answers: dict[str, Mapping[str, Any]] = {}
    silent: list[str] = []
    for service in services:
        try:
            answers[service] = ask(service)
        except CommandError as error:
            silent.append(f"{service}: {error}")
    if not answers:
        raise CommandError("\n".join(silent))
    for sentence in silent:
        sys.stderr.write(f"{sentence}\n")
    return answers


def agreed(question: str, *, yes: bool) -> None:
    """Asks on a terminal; a script must have said `--yes`."""
    import typer

    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Say so with --yes.")
    if not typer.confirm(question, err=True):
        raise CommandError("Nothing was done.")


def printable(text: object) -> str:
    """For a terminal: what others wrote neither moves its cursor nor looks like our own colours."""
    from rich.markup import escape

    plain = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(text))
    return escape(plain)
