"""What must be so before anything is installed or started. Needs no package: the bootstrap asks it first of all."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping, Sequence

from stack import cluster, parts
from stack.errors import OtherPortError, PortTakenError, StackError
from stack.layout import Layout, last_base
from stack.processes import can_bind

NEEDED_SPACE = 500_000_000  # bytes, for logs and data of a first run


def check(layout: Layout, environ: Mapping[str, str], only: Sequence[str] = parts.PROGRAMS) -> None:
    """Raises StackError with a sentence that says what to do; changes nothing. What runs already has what it needs."""
    cluster.check(layout, environ.get("BROKERS", ""))
    if running(layout):
        check_port(layout)
    else:
        check_room(layout, environ, only)


def running(layout: Layout) -> bool:
    """Whether somebody takes calls at the installation's control socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(layout.supervisor_socket)) == 0


def check_port(layout: Layout) -> None:
    """An installation that runs keeps its ports: its parts, and what they were told, can't be moved under them."""
    own = last_base(layout.state)
    if own is not None and own != layout.ports.base:
        raise OtherPortError(own, layout.ports.base, layout.state)


def check_room(layout: Layout, environ: Mapping[str, str], only: Sequence[str]) -> None:
    """Free ports and a disk that isn't full."""
    wanted = set(parts.programs(layout, environ, only))
    wanted |= {f"{name} controller" for name in wanted & set(cluster.BROKERS)}
    for part, port in layout.ports.named().items():
        if part in wanted and not can_bind(port):
            raise PortTakenError(port, part, layout.ports.base)
    place = next(folder for folder in (layout.state, *layout.state.parents) if folder.exists())
    if shutil.disk_usage(place).free < NEEDED_SPACE:
        raise StackError(f"The disk under {place} is full: free at least 500 MB and try again.")
