"""deploy/compose on this machine's engine, as a person runs it: from a copy of the checkout, by its own commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stack import images
from stack.errors import StackError
from stack.layout import ROOT
from tests.compose.buying import VARIABLES

PATIENCE: Final = 300


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

    def replace(self) -> None:
        """A new container for each process of the services."""
        subprocess.run([self.folder / "replace"], check=True, capture_output=True)

    def sell(self) -> str:
        """What the demonstration has seen of a ticket."""
        return self.compose("run", "--rm", "-T", "demo")

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
        deadline = time.monotonic() + PATIENCE
        while True:
            facts = self.facts(part)
            if facts["RestartCount"] >= restarts and facts["State"].get("Health", {}).get("Status") == "healthy":
                return
            if time.monotonic() > deadline:
                raise StackError(f"{part} did not come back: {facts['State']}")
            time.sleep(0.5)


@contextmanager
def composed(place: Path) -> Iterator[Composed]:
    """Images, secrets and a start in a copy under `place`; everything is gone afterwards but the images."""
    images.provide()
    images.build_own()
    copy_checkout(place)
    images.pin(place / "deploy" / "images" / "images.yaml")
    made = Composed(place / "deploy" / "compose")
    made.compose("run", "--rm", "-T", "secrets")
    with (made.folder / ".env").open("a") as env:
        env.writelines(f"{name}={value}\n" for name, value in VARIABLES.items())
    try:
        made.start()
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


def copy_checkout(place: Path) -> None:
    """What is in the repository, with changes that are not committed yet."""
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
