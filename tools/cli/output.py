"""What a command prints: text for people, one JSON line for scripts; colours only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from chassis.clock import utc_text

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def any_sign() -> None:
    """Let standard output show `?` for signs that it has no code for, instead of failing at them."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def json_line(document: Mapping[str, Any]) -> None:
    """One line; where the output is not UTF-8 all other signs are written by their numbers."""
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    sys.stdout.write(json.dumps(document, ensure_ascii=plain, separators=(",", ":"), default=_text) + "\n")
    sys.stdout.flush()


def _text(value: object) -> str:
    """What JSON has no word for; times as everywhere on the wire."""
    return utc_text(value) if isinstance(value, datetime) else str(value)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def result(document: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """The outcome of a command, in the form that was asked for."""
    if as_json:
        json_line(document)
    else:
        say(text)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, breaks: str | None = None) -> None:
    """A table whose names stay whole, so that they can be copied; only the column `breaks` (the last) is broken."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for number, column in enumerate(columns):
        longest = max((len(row[number]) for row in rows), default=0)
        grid.add_column(column, overflow="fold", min_width=0 if column == (breaks or columns[-1]) else longest)
    for row in rows:
        grid.add_row(*row)
    Console().print(grid, crop=False)


def progress(text: str) -> None:
    """A word while the work goes on: on stderr, and only when somebody is watching."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
