"""Tells what to set next where a person's own platform keeps the values, as far as services have come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

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
    if folder is None:
        raise UsageError(f"{kind.name} is kept outside of `make up`: name a folder for new values with --to.")
    changes = {name: value for name, value in kind.set_to(after, known).items() if value != known[name]}
    return f"{title}: {_written(changes, folder)}"


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
    asked = ", ".join(readers(changes))
    return f"set {told}. Restart {asked}, one process after the other. Then run this again with the new values set."
