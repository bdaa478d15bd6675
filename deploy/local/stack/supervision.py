"""supervisord: its configuration, and what we ask of it through its private socket."""

from __future__ import annotations

import contextlib
import shlex
import signal
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from stack.cluster import BROKERS
from stack.errors import StackError
from stack.layout import GATEWAY, ROOT, SANDBOX, Layout
from stack.parts import ALL_PROGRAMS, ALL_STORES, places
from stack.processes import POLL, Child, end, spawn, wait_until

MISCONFIGURED = 2  # the exit code with which a process says that starting it again is useless
# A broker that is the last of its cluster to stop waits for the others: it is killed after its time.
STOP_SECONDS = {**dict.fromkeys(BROKERS, 15), "postgres": 20, SANDBOX: 5, GATEWAY: 8}
SERVICE_STOP_SECONDS = 25  # a service ends what it has under way within 20
# PostgreSQL: SIGINT ends connections and then the server; SIGTERM would wait for the clients to go.
STOP_SIGNALS = {"postgres": "INT"}
STOPPED_STATES = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})
START_SECONDS = 20
# supervisord is meant to outlive this process; while this one lives it stays its parent, and must collect it.
_booted: dict[Path, Child] = {}


@dataclass(frozen=True, slots=True)
class Program:
    """What supervisord says about one of its processes.

    name: the part that it runs
    program: its own name; a service has two programs, of which one works
    state: supervisord's word for how it is
    pid: 0 while it doesn't run
    since: its start, in seconds since the epoch
    exit_code: its last one
    """

    name: str
    program: str
    state: str
    pid: int
    since: int
    exit_code: int


def configuration(layout: Layout, parts: Iterable[str]) -> str:
    """The parts' programs are started by name, in an order that waits for readiness; what dies is started again."""
    run = layout.run
    head = f"""\
[supervisord]
logfile={_plain(layout.logs / "supervisor.log")}
logfile_maxbytes=5MB
logfile_backups=2
pidfile={_plain(run / "supervisor.pid")}
childlogdir={_plain(layout.logs)}
directory={_plain(ROOT)}
nocleanup=true
nodaemon=true
silent=true
umask=077

[unix_http_server]
file={_plain(layout.supervisor_socket)}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:preloaded]
supervisor.rpcinterface_factory = stack.preloaded:make_interface
"""
    return head + "".join(
        _program(layout, part, program, slot) for part in parts for slot, program in enumerate(places(part))
    )


def _program(layout: Layout, part: str, program: str, slot: int) -> str:
    return f"""
[program:{program}]
command={_plain(shlex.quote(sys.executable))} -m stack.launch {part} {slot}
environment=STATE="{_plain(layout.state)}",PORT="{layout.ports.base}"
autostart=false
autorestart=unexpected
exitcodes={MISCONFIGURED}
startsecs=0
stopsignal={STOP_SIGNALS.get(part, "TERM")}
stopwaitsecs={STOP_SECONDS.get(part, SERVICE_STOP_SECONDS)}
killasgroup=true
redirect_stderr=true
stdout_logfile={_plain(layout.logs / f"{program}.log")}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _at_work(found: Mapping[str, Program], part: str) -> Program:
    """A service's second program where only that one is there; else the first."""
    here = [found[name] for name in places(part)]
    return next((program for program in here if program.state not in STOPPED_STATES), here[0])


def _plain(path: Path | str) -> str:
    """In supervisord's files a per cent sign begins an expansion, and a few other signs can't be written at all."""
    text = str(path)
    if any(sign in str(ROOT) + str(path) for sign in ';,"\n'):
        raise StackError(f"The path {text} has a sign in it that supervisord can't read: clone into another folder.")
    return text.replace("%", "%%")


class _Connection(SupervisorTransport):  # type: ignore[misc] # supervisor has no types
    """XML-RPC over the Unix socket."""


class Supervisor:
    """Control of one installation's processes."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.log = layout.logs / "supervisor.log"

    @property
    def socket(self) -> Path:
        return self._layout.supervisor_socket

    def _call(self, method: str, *arguments: object, of: str = "supervisor") -> Any:
        transport = _Connection(None, None, f"unix://{self.socket}")
        try:
            server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(server, f"{of}.{method}")(*arguments)
        finally:
            transport.close()

    def running(self) -> bool:
        """Whether a supervisord of this installation answers."""
        try:
            return self.socket.exists() and self._call("getState")["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def boot(self, programs: Iterable[str], *, parent_death: signal.Signals | None) -> None:
        """Start supervisord itself. With `parent_death` it ends, and all with it, when this process does."""
        self._collect()
        config = self._layout.run / "supervisor.conf"
        config.write_text(configuration(self._layout, programs))
        self.socket.unlink(missing_ok=True)
        command: list[str | Path] = [sys.executable, "-m", "supervisor.supervisord", "-c", config]
        child = spawn(command, log=self.log, parent_death=parent_death)
        wait_until(self.running, part="supervisor", log=self.log, child=child, seconds=START_SECONDS)
        _booted[self.socket] = child

    def preload(self, parts: Iterable[str]) -> None:
        """Has supervisord import what these services are made of; meanwhile it does nothing else."""
        self._call("load", list(parts), of="preloaded")

    def programs(self) -> list[Program]:
        """One for each part, in the order of starting."""
        found = self._all()
        return [_at_work(found, part) for part in ALL_PROGRAMS if part in found]

    def program(self, part: str) -> Program:
        """The one that runs the part, or would be started."""
        return _at_work(self._all(), part)

    def beside(self, part: str) -> str:
        """Starts another process of a service beside the one that runs; the name of its program. Returns at once.

        One that an interrupted restart has left there is ended first.
        """
        working = self.program(part).program
        other = next(name for name in places(part) if name != working)
        self.stop_programs([other])
        self._call("startProcess", other, False)
        return other

    def ended(self, program: str) -> bool:
        """Whether it is not there."""
        return self._all()[program].state in STOPPED_STATES

    def start(self, part: str) -> None:
        """Returns at once; starting what runs already does nothing."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("startProcess", self.program(part).program, False)

    def stop(self, parts: Iterable[str]) -> None:
        """Stop all of them at the same time, and return when they are gone."""
        self.stop_programs(name for part in parts for name in places(part))

    def stop_programs(self, names: Iterable[str]) -> None:
        """The same for programs by their own names."""
        wanted = set(names)
        for name in wanted:
            with contextlib.suppress(xmlrpc.client.Fault):
                self._call("stopProcess", name, False)
        self._wait(lambda: all(p.state in STOPPED_STATES for name, p in self._all().items() if name in wanted))

    def kill(self, part: str) -> None:
        """As a crash would: SIGKILL; supervisord starts it again."""
        self._call("signalProcess", self.program(part).program, "KILL")

    def shutdown(self) -> None:
        """Everything, the stores last."""
        parts = [program.name for program in self.programs()]
        self.stop(part for part in parts if part not in ALL_STORES)
        self.stop(part for part in parts if part in ALL_STORES)
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            self._call("shutdown")
        self._wait(lambda: not self.socket.exists() or not self.running())
        self._collect()

    def _all(self) -> dict[str, Program]:
        """By their own names."""
        told = {info["name"]: info for info in self._call("getAllProcessInfo")}
        return {
            name: Program(part, name, info["statename"], info["pid"], info["start"], info["exitstatus"])
            for part in ALL_PROGRAMS
            for name in places(part)
            if (info := told.get(name))
        }

    def _collect(self) -> None:
        """An earlier one that we started: its socket goes first, it ends a moment later, and may have been killed."""
        child = _booted.pop(self.socket, None)
        if child is not None:
            end(child)

    def _wait(self, done: Callable[[], bool], seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise StackError(f"Something did not stop in {seconds:.0f} s; see {self.log}.")
            time.sleep(POLL)
