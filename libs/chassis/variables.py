"""Environment variables as text: single ones, and one environment over another.

It is for code that hands environments on or needs a single value; a process reads its own as typed settings
(`chassis.settings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chassis.errors import Misconfigured

IN_FILE = "_FILE"


class SettingsError(Misconfigured):
    """One or more variables are wrong; its message has a line for each, saying what to do."""


def read_variable(environ: Mapping[str, str], name: str) -> str | None:
    """The value of `name`, or of the file that `name`_FILE names; None where neither is set, or the file is empty.

    Raises SettingsError for a file that can't be read.
    """
    if value := environ.get(name, "").strip():
        return value
    path = environ.get(name + IN_FILE, "").strip()
    return (_read_file(name, Path(path)) or None) if path else None


def layered(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Both environments together; `above` wins, and NAME and NAME_FILE count as the same variable."""
    set_anew = {name.removesuffix(IN_FILE) for name, value in above.items() if value}
    return {**{name: value for name, value in below.items() if name.removesuffix(IN_FILE) not in set_anew}, **above}


def both_forms(names: frozenset[str]) -> frozenset[str]:
    """The names and their NAME_FILEs."""
    return names | {name + IN_FILE for name in names}


def comma_list(text: str) -> tuple[str, ...]:
    """The parts of `one, two`, without empty ones."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _read_file(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SettingsError(f"{name}_FILE names {path}, which can't be read: {reason}.") from None
