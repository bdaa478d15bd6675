"""Which process is given which variable, as the settings classes say: the allow-list of `make up`, and what is a typo.

Importing it imports every process's settings; a process that is being started reads what `make up` wrote down.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache

from chassis.settings import EnvironSettings
from chassis.settings.listing import Variable, names_of, variables_of
from chassis.variables import IN_FILE
from cli.settings import CommandSettings, settings_of
from stack.layout import GATEWAY, SANDBOX, SERVICES
from stack.settings import EmbeddedSettings, GatewaySettings

COMMAND = "fullhouse"
EMBEDDED = "make up"
# Set for each process by whoever starts it.
PER_PROCESS = frozenset({"PORT", "DATABASE_URL", "FULLHOUSE_SLOT"})
# With their private halves in one place, so that both are replaced together.
PUBLIC_HALVES = frozenset({"AUTH_PUBLIC_KEYS", "TICKET_PUBLIC_KEYS"})


@cache
def processes() -> dict[str, type[EnvironSettings]]:
    """The settings of everything that reads any."""
    return {
        **{part: settings_of(part) for part in (*SERVICES, SANDBOX)},
        GATEWAY: GatewaySettings,
        COMMAND: CommandSettings,
        EMBEDDED: EmbeddedSettings,
    }


@cache
def all_variables() -> tuple[Variable, ...]:
    """Every variable of an installation."""
    return variables_of(processes())


def allowed(process: str) -> frozenset[str]:
    """The names that `process` may see; each also as NAME_FILE."""
    return names_of(processes()[process])


def in_file(variable: Variable) -> bool:
    """Whether containers read it from a file of its own."""
    return variable.secret or variable.name in PUBLIC_HALVES


def key_of(name: str, of: str) -> str:
    """What the file is called where those of all services lie, which have a database each."""
    return f"DATABASE_URL_{of.upper()}" if name == "DATABASE_URL" else name


def of_callers() -> frozenset[str]:
    """What the environment of `make up` may set: not what it gives each process, nor what the stores were made with."""
    return frozenset(each.name for each in all_variables() if each.readers != (EMBEDDED,)) - PER_PROCESS


def unknown(names: Iterable[str]) -> dict[str, str]:
    """Those of the names that nothing reads, each with the known name that looks most like it (or an empty one)."""
    known = {each.name for each in all_variables()}
    found = {name: name.removesuffix(IN_FILE) for name in names}
    strange = {name: bare for name, bare in found.items() if not {name, bare} & known}
    return {name: next(iter(difflib.get_close_matches(bare, known, n=1)), "") for name, bare in strange.items()}


def refusal(names: Iterable[str]) -> str:
    """The sentences about names that nothing reads, a line each; empty when all are known."""
    lines = (f"{name} is read by nothing: {_remedy(near)}" for name, near in unknown(names).items())
    return "\n".join(lines)


def _remedy(near: str) -> str:
    return f"do you mean {near}?" if near else "remove it."
