"""Tells what to set next where a person's own platform keeps the values, as far as services have come.

Where these are files that may be replaced, as those of Docker Compose, it replaces them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chassis.variables import IN_FILE
from cli import connections
from cli.encrypting import encrypt_anew
from cli.environment import environ, need
from cli.errors import CommandError, UsageError
from cli.output import say
from cli.private_files import private_file
from cli.rotation.domain import Kind, Stage, values_of
from cli.rotation.standing import Standing, readers, standings


def told(kinds: Iterable[Kind], *, folder: Path | None, at_once: bool, quiet: bool) -> dict[str, str]:
    """The next step of each; its values are put into files that only their owner may read."""
    said: dict[str, str] = {}
    for kind in kinds:
        said[kind.name] = _step(kind, folder=folder, at_once=at_once)
        if not quiet:
            say(f"{kind.name}: {said[kind.name]}")
    return said


def _step(kind: Kind, *, folder: Path | None, at_once: bool) -> str:
    known = environ() | {name: need(environ(), name, use="rotating it") for name in kind.variables}
    found, values = connections.run(standings([kind], known))[kind], values_of(known, kind)
    if found.behind:
        raise CommandError(
            f"{', '.join(found.behind)} run with another {kind.name} than this environment has. Restart them with this "
            "one, one process after the other, then run this again."
        )
    if kind.encrypts and found.stage is Stage.USED:
        encrypt_anew(known)
    title, after = _next(kind, found, values, at_once=at_once)
    if after is None:
        return title
    changes = {name: value for name, value in kind.set_to(after, known).items() if value != known[name]}
    if folder is not None:
        return f"{title}: {_written(changes, folder)}"
    if (files := files_of(kind.variables, environ())) is None:
        raise UsageError(f"{kind.name} is kept outside of `make up`: name a folder for new values with --to.")
    return f"{title}: {replaced(changes, files)}"


def files_of(variables: Iterable[str], given: Mapping[str, str]) -> dict[str, Path] | None:
    """The files that hold the variables, by name; None where one has none, or one that can't be replaced."""
    files = {name: Path(given.get(name + IN_FILE, "")) for name in variables}
    held = all(given.get(name + IN_FILE) and not given.get(name) for name in files)
    return files if held and all(os.access(file.parent, os.W_OK) for file in files.values()) else None


def replaced(changes: dict[str, str], files: Mapping[str, Path]) -> str:
    """Puts the values into their files; says what is to be done after it."""
    # The public halves first: if this dies in between, no key is used that nobody knows.
    for name, value in reversed(changes.items()):
        private_file(files[name], value)
    told = ", ".join(str(files[name]) for name in changes)
    return f"wrote {told}. {_asked(changes)}. Then run this again."


def _next(kind: Kind, found: Standing, values: Sequence[str], *, at_once: bool) -> tuple[str, Sequence[str] | None]:
    """What is to be done, and the values after it."""
    if found.stage is Stage.RESTING:
        return "let all accept a new value", kind.accepted(values)
    if found.stage is Stage.ACCEPTED:
        return "use the new value", kind.used(values)
    if not at_once and (until := kind.kept_until(found.since, now=datetime.now(UTC))):
        return f"nothing to do: what the old value made is good until {until:%Y-%m-%d %H:%M} UTC.", None
    return "forget the old value", kind.alone(values)


def _written(changes: dict[str, str], folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, value in changes.items():
        private_file(folder / name, value)
    told = "; ".join(f"{name} of {', '.join(readers([name]))} to what {folder / name} holds" for name in changes)
    return f"set {told}. {_asked(changes)}. Then run this again with the new values set."


def _asked(changes: Iterable[str]) -> str:
    return f"Restart {', '.join(readers(changes))}, one process after the other"
