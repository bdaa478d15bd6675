"""Kafka's jars: resolved by jgo, accepted only with the SHA-256 sums of deploy/kafka/jars.sha256."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from stack.errors import StackError
from stack.layout import ROOT, cache_folder

SPEC = ROOT / "deploy" / "kafka" / "jgo.toml"
LOCK = ROOT / "deploy" / "kafka" / "jars.sha256"


def locked() -> dict[str, str]:
    """File name → SHA-256 of every jar on the broker's class path."""
    pairs = (line.split() for line in LOCK.read_text().splitlines())
    return {name: digest for digest, name in pairs}


def folder() -> Path:
    """Where the checked jars lie; the name changes with the lock file."""
    return cache_folder() / f"kafka-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"


def present() -> bool:
    """Whether every jar is there, with the right content, and nothing else."""
    return folder().is_dir() and sums(folder()) == locked()


def sums(where: Path) -> dict[str, str]:
    """File name → SHA-256 of all jars under `where`."""
    return {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in where.rglob("*.jar")}


def class_path() -> str:
    """In a fixed order, because the start-up archive is tied to it."""
    return ":".join(str(folder() / name) for name in sorted(locked()))


def install() -> None:
    """Resolve the jars; `StackError` without a network or with an unexpected file."""
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="jgo-") as temporary:
        work = Path(temporary)
        found = resolve(work)
        check(found)
        gathered = work / "checked"
        gathered.mkdir()
        for jar in (work / "cache").rglob("*.jar"):
            jar.rename(gathered / jar.name)
        shutil.rmtree(folder(), ignore_errors=True)
        gathered.rename(folder())


def resolve(work: Path) -> dict[str, str]:
    """Let jgo download into `work`; returns the sums of what came."""
    command: list[str | Path] = [sys.executable, "-m", "jgo", "--resolver", "python", "--class-path-only"]
    command += ["--links", "hard", "--repo-cache", work / "repository", "--cache-dir", work / "cache"]
    command += ["--timeout", "60", "--file", SPEC, "sync"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise StackError(
            "Kafka's jars could not be downloaded: connect this machine to the network and try again"
            f" ({' '.join(reason) or 'jgo gave no reason'})."
        )
    return sums(work / "cache")


def check(found: dict[str, str]) -> None:
    """Refuse anything that is not exactly what the lock file names."""
    expected = locked()
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        names = ", ".join(wrong)
        raise StackError(f"Kafka's jars differ from {LOCK.relative_to(ROOT)} ({names}); nothing was installed.")


def write_lock() -> None:
    """`make pins`: resolve afresh and write the sums down."""
    with tempfile.TemporaryDirectory() as temporary:
        found = resolve(Path(temporary))
    LOCK.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(found.items())))
