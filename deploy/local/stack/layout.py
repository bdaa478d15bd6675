"""Where everything of one installation lies: ports that move with one base port, and folders under one state folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.environment import DEFAULT_BASE, SANDBOX, SERVICES, base_port, port_of, state_file
from stack.errors import StackError

__all__ = [
    "DEFAULT_BASE",
    "GATEWAY",
    "HIGHEST_BASE",
    "LOOPBACK",
    "ROOT",
    "SANDBOX",
    "SERVICES",
    "Layout",
    "Ports",
    "cache_folder",
    "cache_locked",
]

# The checkout, or in our image the part of it that is there: the command line is installed elsewhere.
ROOT = Path(__file__).resolve().parents[3]
GATEWAY = "gateway"
LOOPBACK = "127.0.0.1"
HIGHEST_BASE = 56000
# A socket's whole path must fit into 108 bytes; ours are "supervisor.sock" and "gateway.sock".
SOCKET_FOLDER_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of an installation, derived from `base` (the gateway's), so that two never meet by accident."""

    base: int = DEFAULT_BASE

    @property
    def gateway(self) -> int:
        return self.base

    @property
    def sandbox(self) -> int:
        return port_of(SANDBOX, self.base)

    @property
    def kafka_controller(self) -> int:
        return self.base + 91

    @property
    def kafka(self) -> int:
        return 9092 + self.base - DEFAULT_BASE

    def broker(self, number: int) -> int:
        """Where clients reach broker `number` of a cluster, from 1."""
        return self.kafka if number == 1 else self.kafka + 1 + number

    def controller(self, number: int) -> int:
        """Where the brokers reach the controller in broker `number`."""
        return self.kafka_controller if number == 1 else self.kafka_controller + number

    @property
    def postgres(self) -> int:
        return 5532 + self.base - DEFAULT_BASE

    @property
    def claim(self) -> int:
        """Nobody listens there: of those who draw a base (`processes.free_ports`), whoever binds it has the base."""
        return self.base + 99

    def service(self, name: str) -> int:
        return port_of(name, self.base)

    def named(self) -> dict[str, int]:
        """All ports by the name of the part that listens there."""
        return {
            GATEWAY: self.gateway,
            **{name: self.service(name) for name in SERVICES},
            SANDBOX: self.sandbox,
            "kafka": self.kafka,
            "kafka controller": self.kafka_controller,
            **{f"kafka-{number}": self.broker(number) for number in (2, 3)},
            **{f"kafka-{number} controller": self.controller(number) for number in (2, 3)},
            "postgres": self.postgres,
        }


@dataclass(frozen=True, slots=True)
class Layout:
    """One installation: its state folder and its ports. The code and the virtual environment are the checkout's."""

    state: Path
    ports: Ports

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Layout:
        """`STATE` (default `.local`, relative to the checkout) and `PORT` (default: as last time, at first 8000)."""
        state = ROOT / (environ.get("STATE") or ".local")
        return cls(state=state, ports=Ports(_base(environ.get("PORT", "")) or last_base(state) or DEFAULT_BASE))

    @property
    def env_file(self) -> Path:
        return self.state / "env"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def kafka(self) -> Path:
        return self.state / "kafka"

    @property
    def brokers(self) -> int:
        """How many the installation was started with (stack.cluster)."""
        settled = self.kafka / "brokers"
        return int(settled.read_text()) if settled.exists() else 1

    @property
    def fingerprint(self) -> str:
        """Names this installation wherever it needs a place outside its state folder."""
        return hashlib.sha256(str(self.state.resolve()).encode()).hexdigest()[:12]

    @property
    def run(self) -> Path:
        """The private folder for control sockets: inside the state folder where its path is short enough."""
        inside = self.state / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_LIMIT:
            return inside
        return Path(tempfile.gettempdir()) / f"fullhouse-{os.getuid()}-{self.fingerprint}"

    @property
    def supervisor_socket(self) -> Path:
        """Where the installation's supervisor takes calls while it runs."""
        return self.run / "supervisor.sock"

    def notices(self, part: str) -> Path:
        """The socket at which a new process of a part says how its start goes."""
        return self.run / f"{part}.notices"

    def prepare(self) -> None:
        """Make the folders; the state folder can be passed through (PostgreSQL's own user needs that), not listed."""
        private_folder(self.state, mode=0o711 if os.geteuid() == 0 else 0o700)
        for folder in (self.logs, self.kafka, self.run):
            private_folder(folder)


def private_folder(path: Path, *, mode: int = 0o700) -> None:
    """Make `path` with `mode`, and refuse one that somebody else made."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if path.stat().st_uid != os.geteuid():
        raise StackError(f"{path} belongs to another user: remove it, or choose another folder with STATE=…")
    path.chmod(mode)


def cache_folder() -> Path:
    """What is downloaded or built once for a checkout, whichever state folder is in use."""
    return ROOT / ".local" / "cache"


@contextlib.contextmanager
def cache_locked() -> Iterator[None]:
    """One process at a time puts something into the cache; the others wait, and then find it there."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def last_base(state: Path) -> int | None:
    """The PORT with which the state folder's installation was started last; None before the first start."""
    values = state_file({"STATE": str(state)})
    return base_port({"PUBLIC_URL": values["PUBLIC_URL"]}) if "PUBLIC_URL" in values else None


def _base(text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit() or not 3000 <= int(text) <= HIGHEST_BASE:
        raise StackError(f"PORT must be a number from 3000 to {HIGHEST_BASE}, and is “{text}”.")
    return int(text)
