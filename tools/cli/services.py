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


class Answers(dict[str, Mapping[str, Any]]):
    """What those said that answered; `silent` are the sentences about the others."""

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []

    def all_answered(self) -> None:
        """The command's last word, after it has shown what there is: exit code 1 when somebody was silent."""
        if self.silent:
            raise CommandError("\n".join(self.silent))


def each(services: Sequence[str], ask: Callable[[str], Mapping[str, Any]]) -> Answers:
    """Asks them one after the other; when none answers, the command has failed."""
    answers = Answers()
    for service in services:
        try:
            answers[service] = ask(service)
        except CommandError as error:
            answers.silent.append(f"{service}: {error}")
    if not answers:
        answers.all_answered()
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
    """For a table: what others wrote neither moves the terminal's cursor nor looks like our own colours."""
    from rich.markup import escape

    return escape(plain(text))


def plain(text: object) -> str:
    """For a line: what others wrote doesn't move the terminal's cursor."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(text))
