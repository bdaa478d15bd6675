"""A throw-away broker or database server for one test run, kept by a process that ends with that run.

`python -m stack.testbed kafka|postgres FOLDER OWNER` starts the part in FOLDER, writes FOLDER/PART.json when it is
ready, and stops it when told to (SIGTERM) or when the process OWNER has ended, however it ended.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from stack import databases, kafka
from stack.layout import SERVICES, Layout
from stack.postgres import ADMIN, FAST, Server
from stack.processes import Child, end, free_ports

KAFKA_PASSWORD = "FULLHOUSE_TEST_KAFKA_PASSWORD"  # noqa: S105 - the variable that holds it
WATCH = 0.25  # seconds between two looks at the owner
# It is never started again, so it need not prove five times a second that it is there.
NEVER_BACK = """
broker.heartbeat.interval.ms=2000
broker.session.timeout.ms=9000
"""


def main(arguments: list[str]) -> None:
    """Run until the owner has gone."""
    part, folder, owner = arguments[0], Path(arguments[1]), int(arguments[2])
    signal.signal(signal.SIGTERM, leave)
    child: Child | None = None
    try:
        child, facts = start_kafka(folder) if part == "kafka" else start_postgres(folder)
        announce(folder / f"{part}.json", {**facts, "keeper": os.getpid()})
        watch(owner, child)
    finally:
        if child is not None:
            end(child, first=signal.SIGKILL if part == "kafka" else signal.SIGQUIT)
        if not alive(owner):  # it could not tidy up
            shutil.rmtree(folder, ignore_errors=True)


def start_kafka(folder: Path) -> tuple[Child, dict[str, object]]:
    """A broker with empty topics, that asks for the password of the owner's environment."""
    kafka.install()
    broker = kafka.Broker(folder=folder / "kafka", ports=free_ports(), password=os.environ[KAFKA_PASSWORD])
    broker.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    broker.own.write_text(NEVER_BACK)
    return broker.start(folder / "kafka.log"), {"bootstrap": broker.bootstrap}


def start_postgres(folder: Path) -> tuple[Child, dict[str, object]]:
    """A server with the services' roles and empty databases, without waiting for the disk."""
    password = secrets.token_hex(16)
    server = Server.of(Layout(state=folder, ports=free_ports()), password=password, settings=FAST)
    child = server.start(folder / "postgres.log")
    greet_sooner(server)
    return child, provide_roles(server)


def greet_sooner(server: Server) -> None:
    """Each new database asks for the administrator: to hash a drawn password 4,096 times adds nothing but CPU."""
    databases.sql(server.url(), "SET scram_iterations = 1", f"ALTER ROLE {ADMIN} PASSWORD '{server.password}'")


def provide_roles(server: Server) -> dict[str, object]:
    """The services' roles and empty databases on a server that answers, and what the tests are told of them."""
    passwords = {service: secrets.token_hex(16) for service in SERVICES}
    databases.provide(server.url(), passwords)
    scratch = secrets.token_hex(16)
    databases.provide_scratch(server.url(), scratch)
    urls = {name: server.url(name, role=name, password=word) for name, word in passwords.items()}
    return {
        "admin": server.url(),
        "services": urls,
        "scratch": server.url(role=databases.SCRATCH, password=scratch),
    }


def watch(owner: int, child: Child | None = None) -> None:
    """Returns when the owner has gone, or the child has ended."""
    while alive(owner) and (child is None or child.poll() is None):
        time.sleep(WATCH)


def announce(path: Path, facts: dict[str, object]) -> None:
    """Readers see the whole file or none."""
    temporary = path.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(facts))
    temporary.rename(path)


def alive(process: int) -> bool:
    """Whether that process still runs (a zombie that nobody has collected doesn't)."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def leave(_number: int, _frame: FrameType | None) -> None:
    """Unwind through `finally`."""
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
