"""All services and the sandbox as children of one process, for machines too small for a supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Final

from chassis.settings.listing import names_of
from chassis.variables import both_forms, read_variable
from cli.environment import SANDBOX, SERVICES, SURROUNDINGS, base_port, environ, port_of
from cli.output import progress
from cli.settings import settings_of

GRACE_SECONDS: Final = 25
_POLL_SECONDS: Final = 0.2
# A test's: see chassis.crashpoints.
_CRASH_AT: Final = "FULLHOUSE_CRASH_AT"


def run_together() -> int:
    """Run until a signal comes or a child ends; returns the exit code: 0 after a signal, else 1."""
    values = environ()
    parts = [*SERVICES, *([SANDBOX] if read_variable(values, "FULLHOUSE_MODE") == SANDBOX else [])]
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: _note(stopping, received, _frame))
    children = {part: _start(part, values) for part in parts}
    progress(f"{', '.join(parts)} are running; Ctrl-C ends them.")
    try:
        while not stopping and all(child.poll() is None for child in children.values()):
            time.sleep(_POLL_SECONDS)
    finally:
        ended = [part for part, child in children.items() if child.poll() is not None]
        _stop(children.values())
    if not stopping:
        sys.stderr.write(f"{', '.join(ended)} ended, so everything was stopped.\n")
    return 0 if stopping else 1


def own_environ(part: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a child is started with: no process gets a secret that is not its own."""
    allowed = {*SURROUNDINGS, _CRASH_AT, *both_forms(names_of(settings_of(part)))}
    port = str(port_of(part, base_port(values)))
    return {**{name: value for name, value in values.items() if name in allowed}, "PORT": port}


def _start(part: str, values: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cli.main", "run", part]
    return subprocess.Popen(command, env=own_environ(part, values), start_new_session=True)  # noqa: S603


def _stop(children: Iterable[subprocess.Popen[bytes]]) -> None:
    running = [child for child in children if child.poll() is None]
    for child in running:
        child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    for child in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)


def _note(stopping: list[int], received: int, _frame: FrameType | None) -> None:
    stopping.append(received)
