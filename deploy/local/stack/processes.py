"""Starting, watching and ending child processes, so that none outlives whoever started it."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stack.errors import PartFailedError, StackError
from stack.layout import LOOPBACK, Ports

PR_SET_PDEATHSIG = 1
POLL = 0.02  # seconds between two looks at something that is starting
Child = subprocess.Popen[bytes]


def dies_with_parent(number: signal.Signals | None) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `number` when the parent ends, however it ends (Linux; elsewhere nothing)."""
    if number is None or not sys.platform.startswith("linux"):
        return lambda: None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(PR_SET_PDEATHSIG, int(number))


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    user: int | None = None,
    parent_death: signal.Signals | None = signal.SIGKILL,
    folder: Path = Path("/"),
) -> Child:
    """Start `command` with its output appended to `log`; it ends with this process, and Ctrl-C doesn't reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environ is None else dict(environ),
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd=folder,
            start_new_session=True,
            preexec_fn=dies_with_parent(parent_death),  # noqa: PLW1509 - one prctl call, no threads involved
        )


def end(child: Child, *, first: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
    """Ask `child` to end, and kill it when it has not after `seconds`."""
    if child.poll() is not None:
        return
    child.send_signal(first)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def wait_until(ready: Callable[[], bool], *, part: str, log: Path, child: Child | None = None, seconds: float) -> None:
    """Return as soon as `ready()`; `PartFailedError` when the child has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if (child is not None and child.poll() is not None) or time.monotonic() > deadline:
            raise PartFailedError(part, log)
        time.sleep(POLL)


def listens(port: int, host: str = LOOPBACK) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def can_bind(port: int) -> bool:
    """Whether a listener could be opened there now (a closed one's last connections don't count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return True
    return False


def free_ports(tries: int = 200) -> Ports:
    """A base whose ports are all free, below the range from which the system takes ports for outgoing connections.

    It is this process's for as long as the process lives: nobody who draws at the same time gets it, or while what
    listens there is started again.
    """
    for _ in range(tries):
        ports = Ports(random.randrange(11000, 30000, 100))
        if all(can_bind(port) for port in ports.named().values()) and _claim(ports.claim):
            return ports
    raise StackError("No free range of ports was found between 11000 and 30000.")


def _claim(port: int) -> bool:
    """Whether this process has `port` from now on, on which nobody listens; the system frees it with the process."""
    claim = socket.socket()
    try:
        claim.bind((LOOPBACK, port))
    except OSError:
        claim.close()
        return False
    atexit.register(claim.close)
    return True
