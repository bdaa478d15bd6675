"""The whole stack of one installation: up, down, and single parts of it by name."""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from chassis.notices import PORT_AWAITED, notices
from cli.environment import over
from stack import cluster, contents, databases, environment, ground, kafka, parts, postgres
from stack.console import step
from stack.errors import PartFailedError, StackError
from stack.layout import GATEWAY, LOOPBACK, ROOT, SERVICES, Layout
from stack.parts import ALL_STORES, PROGRAMS
from stack.processes import listens
from stack.settings import EmbeddedSettings
from stack.supervision import MISCONFIGURED, STOPPED_STATES, Supervisor

READY_SECONDS = 120
READY_POLL = 0.1  # each question costs the part that is starting a little, too


@dataclass(frozen=True, slots=True)
class Installation:
    """`environ`: what the caller has set; `only`: the parts that are wanted at all. Errors are one sentence each."""

    layout: Layout
    environ: Mapping[str, str]
    only: Sequence[str] = PROGRAMS

    @property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.layout)

    def programs(self) -> list[str]:
        """The parts to run here."""
        return parts.programs(self.layout, self.environ, self.only)

    def running(self) -> bool:
        """Whether it runs; OtherPortError when it does so at other ports than this one is about."""
        if not self.supervisor.running():
            return False
        ground.check_port(self.layout)
        return True

    def up(self, *, parent_death: signal.Signals | None = None) -> None:
        """Bring everything up and return when it is ready; what runs already is left alone."""
        ground.check(self.layout, self.environ, self.only)
        self.layout.prepare()
        with self._alone():
            kafka.install(step=step)
            cluster.settle(self.layout, self.environ.get("BROKERS", ""))
            environment.prepare(self.layout, self.environ)
            if not self.supervisor.running():
                self.supervisor.boot(self.programs(), parent_death=parent_death)
            self.bring_up(self.programs())

    def bring_up(self, programs: Iterable[str]) -> None:
        """First where the data is, then who works with it, then the door."""
        names = list(programs)
        stores, others = ([name for name in names if (name in ALL_STORES) is wanted] for wanted in (True, False))
        with step("Kafka and PostgreSQL" if stores else "Programs"):
            # What is imported for the others is there by the time the stores are, which wait for the disk.
            for name in (*stores, *({GATEWAY} & set(others))):
                self.supervisor.start(name)
            self.supervisor.preload(name for name in others if name != GATEWAY)
            self.start(*stores)
        if set(names) & set(SERVICES):
            with step("Databases, topics, catalogue"):
                self.prepare_stores()
        with step("Sandbox, services and gateway"):
            self.start(*others)

    def start(self, *names: str) -> None:
        """Start these together; returns when all are ready."""
        for name in names:
            self.supervisor.start(name)
        for name in names:
            self.wait_ready(name)

    def stop(self, *names: str) -> None:
        self.supervisor.stop(names)

    def restart(self, name: str) -> None:
        """A new process of a part instead of the old one, with what the installation's file says now.

        What the caller has set counts more than the file, and so does what the caller of `up` had set. A service's new
        process is up before the old one is told to end, so that no request and no event waits for it; where the new one
        does not come up, the old one stays.
        """
        with self._alone(wait=True):
            here = [program.name for program in self.supervisor.programs()]
            if name not in here:
                raise StackError(f"{name} is no part that runs here. They are {', '.join(here)}.")
            environment.prepare(self.layout, over(environment.callers(self.layout), self.environ))
            if name in SERVICES and not self.supervisor.ended(old := self.supervisor.program(name).program):
                self._bring_up_beside(name)
                self.supervisor.stop_programs([old])
            else:
                self.stop(name)
                self.supervisor.start(name)
            self.wait_ready(name)

    def _bring_up_beside(self, name: str) -> None:
        """Returns when the new process waits for the old one's port only."""
        with notices(self.layout.notices(name)) as noticed:
            program = self.supervisor.beside(name)
            deadline = time.monotonic() + READY_SECONDS
            while not noticed(PORT_AWAITED):
                if self.supervisor.ended(program) or time.monotonic() > deadline:
                    self.supervisor.stop_programs([program])
                    raise PartFailedError(name, self.layout.logs / f"{program}.log")

    def down(self) -> bool:
        """Stop everything; False when nothing ran."""
        if not self.supervisor.running():
            return False
        self.supervisor.shutdown()
        return True

    def clean(self) -> None:
        """Stop everything and forget all state."""
        state = self.layout.state.resolve()
        if state == ROOT or state in ROOT.parents:
            raise StackError(f"STATE is {state}, which holds more than Fullhouse's state: nothing was removed.")
        self.down()
        if self.layout.env_file.exists() or state == ROOT / ".local":
            shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(self.layout.run, ignore_errors=True)
        postgres.remove(self.layout)

    def prepare_stores(self) -> None:
        """Roles, databases, migrations, topics, catalogue, the first administrator. All of it may be repeated."""
        values = environment.values(self.layout)
        embedded = EmbeddedSettings.from_environ(values)
        own = parts.own_databases(self.environ)
        if own:
            admin = postgres.Server.of(self.layout, password=embedded.postgres_password.get_secret_value()).url()
            databases.provide(admin, {name: embedded.database_passwords[name] for name in own})
            databases.provide_scratch(admin, embedded.database_password_scratch.get_secret_value())
        # In a thread, because the caller may have an event loop of its own.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(contents.provide, environment.of_operator(self.layout)).result()

    def wait_ready(self, name: str, *, seconds: float = READY_SECONDS) -> None:
        """Until the part answers; at once an error when it has ended because it is misconfigured."""
        ready, deadline = self.readiness(name), time.monotonic() + seconds
        while not ready():
            program = self.supervisor.program(name)
            ended = program.state in STOPPED_STATES and program.exit_code == MISCONFIGURED
            if ended or time.monotonic() > deadline:
                raise PartFailedError(name, self.layout.logs / f"{program.program}.log")
            time.sleep(READY_POLL)

    def readiness(self, name: str) -> Callable[[], bool]:
        """How to ask that part whether it is ready."""
        ports = self.layout.ports
        if name == "postgres":
            return postgres.Server.of(self.layout, password=environment.postgres_password(self.layout)).ready
        if name in SERVICES:
            return lambda: answers(ports.service(name), "/readyz")
        port = ports.named()[name]
        return lambda: listens(port)

    @contextmanager
    def _alone(self, *, wait: bool = False) -> Iterator[None]:
        """One `up` or restart at a time."""
        with (self.layout.run / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError("Another make up is at work on the same state folder: wait for it.") from None
            os.set_inheritable(lock.fileno(), False)
            yield


def answers(port: int, path: str) -> bool:
    """Whether a GET there gets 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
