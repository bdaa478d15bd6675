"""deploy/compose on this machine's engine, as a person runs it: from a copy of the checkout, by its own commands."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stack import images
from stack.errors import StackError
from stack.layout import ROOT

PATIENCE: Final = 600


@dataclass(frozen=True, slots=True)
class Composed:
    """`folder`: the one with compose.yaml."""

    folder: Path

    def compose(self, *arguments: str) -> str:
        """The command's output; StackError with what it said."""
        return images.docker("compose", *arguments, folder=self.folder)

    def start(self) -> None:
        """Returns when all parts are healthy."""
        self.compose("up", "-d", "--no-build", "--wait", "--wait-timeout", str(PATIENCE))

    def update(self) -> None:
        """From the release that runs to what is here, as docs/deployment.md says."""
        place = self.folder.parent.parent
        copy_checkout(place)
        images.pin(place / "deploy" / "images" / "images.yaml")
        images.build_own()
        self.compose("run", "--rm", "-T", "secrets")
        self.compose("run", "--rm", "-T", "prepare")
        self.replace()

    def replace(self) -> None:
        """A new container for each process of the services."""
        subprocess.run([self.folder / "replace"], check=True, capture_output=True)

    def services(self, deed: str) -> None:
        """Both processes of each, by the script beside compose.yaml: `stop` or `start`."""
        subprocess.run([self.folder / "services", deed], check=True, capture_output=True)

    def sell(self) -> str:
        """What the demonstration has seen of a ticket."""
        return self.compose("run", "--rm", "-T", "demo")

    def secret(self, name: str) -> str:
        """What its file holds, as a person is shown it."""
        return self.compose("run", "--rm", "-T", "secrets", "show", name).strip()

    def orders(self) -> int:
        """How many the database knows."""
        command = ("psql", "-U", "postgres", "-d", "checkout", "-Atc", "SELECT count(*) FROM orders")
        return int(self.compose("exec", "-T", "postgres", *command))

    def running(self) -> Sequence[str]:
        """The parts that stay."""
        return sorted(self.compose("ps", "--services", "--status", "running").split())

    def facts(self, part: str) -> dict[str, Any]:
        """What the engine knows of its container."""
        found: dict[str, Any] = json.loads(images.docker("inspect", self.compose("ps", "-q", part)))[0]
        return found

    def crash(self, part: str) -> None:
        """Its process dies, which nobody has told the engine beforehand. Only root may do that."""
        os.kill(int(self.facts(part)["State"]["Pid"]), signal.SIGKILL)

    def wait_healthy(self, part: str, restarts: int) -> None:
        """Until the engine has started it again that often, and it is healthy."""

        def back() -> bool:
            facts = self.facts(part)
            healthy: bool = facts["State"].get("Health", {}).get("Status") == "healthy"
            return facts["RestartCount"] >= restarts and healthy

        eventually(back)


def eventually(holds: Callable[[], bool]) -> None:
    """Returns when it does; StackError when it doesn't within PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise StackError(f"Not within {PATIENCE} s.")
        time.sleep(0.5)


@contextmanager
def composed(
    place: Path, *, release: str | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[Composed]:
    """Images, secrets and a start in a copy under `place`; everything is gone afterwards but the images.

    `release`: a commit in place of what is here; `variables`: what stands in `.env` besides
    """
    images.provide()
    if release is None:
        images.build_own()
        copy_checkout(place)
    else:
        unpack(release, place)
        images.build_own(place)
    images.pin(place / "deploy" / "images" / "images.yaml")
    made = Composed(place / "deploy" / "compose")
    made.compose("run", "--rm", "-T", "secrets")
    with (made.folder / ".env").open("a") as env:
        env.writelines(f"{name}={value}\n" for name, value in (variables or {}).items())
    try:
        made.start()
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


def unpack(release: str, place: Path) -> None:
    """All that is in a commit."""
    archive = subprocess.run(["git", "archive", release], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(place, filter="data")


def copy_checkout(place: Path) -> None:
    """What of deploy is in the repository, with changes that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "deploy"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
