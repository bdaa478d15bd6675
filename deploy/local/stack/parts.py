"""The parts of an installation by name, and those of them that run here. Needs no package, as stack.ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from chassis.variables import read_variable
from cli.environment import state_file
from stack import cluster
from stack.layout import GATEWAY, SANDBOX, SERVICES, Layout

STORES: Final = ("kafka", "postgres")
# Of a cluster's brokers this names the first.
PROGRAMS: Final = (*STORES, SANDBOX, *SERVICES, GATEWAY)
# A service has two programs, so that a new process of it is up before the old one is told to end.
_SPARE: Final = "-spare"
_MODE: Final = "FULLHOUSE_MODE"
# All that there can be, in the order of starting.
ALL_STORES: Final = (*cluster.BROKERS, "postgres")
ALL_PROGRAMS: Final = (*ALL_STORES, *(name for name in PROGRAMS if name not in STORES))


def programs(layout: Layout, environ: Mapping[str, str], only: Sequence[str] = PROGRAMS) -> list[str]:
    """The parts to run here: those that the caller's environment places elsewhere are left out."""
    elsewhere = set()
    if read_variable(environ, "KAFKA_BOOTSTRAP_SERVERS"):
        elsewhere.add("kafka")
    if not own_databases(environ):
        elsewhere.add("postgres")
    if not sandboxed(layout, environ):
        elsewhere.add(SANDBOX)
    here = [name for name in PROGRAMS if name in only and name not in elsewhere]
    return [part for name in here for part in (cluster.names(layout) if name == "kafka" else (name,))]


def sandboxed(layout: Layout, environ: Mapping[str, str]) -> bool:
    """Whether the sandbox stands in for vendors, as the caller's environment says, or else the installation's file."""
    kept = state_file({"STATE": str(layout.state)})
    return (read_variable(environ, _MODE) or read_variable(kept, _MODE) or SANDBOX) == SANDBOX


def places(part: str) -> tuple[str, ...]:
    """The programs that may run a part; a service's differ in their slot, which is their place here."""
    return (part, part + _SPARE) if part in SERVICES else (part,)


def log_files(layout: Layout, part: str) -> list[Path]:
    """Where what a part prints is, as far as it has printed anything."""
    return [path for name in places(part) if (path := layout.logs / f"{name}.log").exists()]


def own_databases(environ: Mapping[str, str]) -> list[str]:
    """The services whose database is in our own server."""
    return [name for name in SERVICES if not read_variable(environ, f"DATABASE_URL_{name.upper()}")]
