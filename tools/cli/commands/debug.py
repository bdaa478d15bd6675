"""`fullhouse debug`: looking into a running process (O-6)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.output import JsonOption

_KINDS: Final = ("stacks", "tasks", "profile", "heap", "queries")
_LASTING: Final = ("profile", "heap")


def debug(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="checkout, inventory, notifier or monitor.")],
    kind: Annotated[str, typer.Argument(metavar="|".join(_KINDS), help="What you look at.")],
    *,
    seconds: Annotated[int, typer.Option(min=1, max=60, help="How long, of profile and heap.")] = 10,
    into: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to save it (STATE/debug).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Look into a running process, which goes on with its work; what is found is shown and saved.

    stacks: where every thread and task stands. tasks: how many of each there are, and what they wait for.

    profile: what takes its time. heap: which objects grow, and where.

    queries: what PostgreSQL does for it, and who waits for whom.
    """
    import asyncio

    from cli.admin import SECONDS, answer
    from cli.environment import environ
    from cli.errors import UsageError
    from cli.looks import lines
    from cli.output import result
    from cli.services import services_named

    if kind not in _KINDS:
        raise UsageError(f"“{kind}” is nothing to look at: write one of {', '.join(_KINDS)}.")
    (service,) = services_named([service])
    known, lasts = environ(), seconds if kind in _LASTING else 0
    with _waiting(f"Looking into {service} ({kind}{f', {lasts} s' if lasts else ''})"):
        path = f"/api/admin/{service}/debug/{kind}"
        asked = answer(known, "POST", path, role="admin", body={"seconds": seconds}, seconds=SECONDS + lasts)
        look = asyncio.run(asked)
    text = "\n".join(lines(look))
    files = _save(look, text, into or folder(known))
    said = "\n".join((text, "", *(f"Saved {file}" for file in files)))
    result({**look, "files": [str(file) for file in files]}, said, as_json=as_json)


def _save(look: Mapping[str, Any], text: str, folder: Path) -> list[Path]:
    """What was printed, and the figures; of a profile as Speedscope reads them."""
    import json

    found = look["found"]
    moment = look["beganAt"].partition(".")[0].rstrip("Z").replace("-", "").replace(":", "")
    name = f"{look['service']}-{found['kind']}-{moment}Z"
    figures = found.get("speedscope", look)
    folder.mkdir(parents=True, exist_ok=True)
    text_file, figures_file = folder / f"{name}.txt", folder / f"{name}.json"
    _write(text_file, f"{text}\n")
    _write(figures_file, json.dumps(figures))
    return [text_file, figures_file]


def _write(path: Path, text: str) -> None:
    """For its owner's eyes only."""
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def folder(known: Mapping[str, str]) -> Path:
    """In the installation's state, or where one stands when there is none on this machine."""
    from cli.environment import ROOT

    state = ROOT / known.get("STATE", ".local")
    return (state if state.is_dir() else Path.cwd()) / "debug"


@contextmanager
def _waiting(text: str) -> Iterator[None]:
    """Shows on a terminal that it goes on, and for how long it has."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not _watched()) as shown:
        shown.add_task(text, total=None)
        yield


def _watched() -> bool:
    import sys

    return sys.stderr.isatty()
