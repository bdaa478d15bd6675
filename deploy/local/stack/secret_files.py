"""What an installation of Docker Compose is made with: a file for each secret, and the rest in `.env`.

A file belongs to the account that reads it in its container, and nobody else can read it: Compose hands it on as it is.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from chassis.settings import Section
from chassis.variables import SettingsError
from cli.environment import lines, parse
from cli.private_files import private_file
from stack import environment
from stack.layout import LOOPBACK, SANDBOX, SERVICES, Ports
from stack.variables import all_variables, in_file

ENV = ".env"
FOLDER = "secrets"
# The accounts of our image and of the image of PostgreSQL.
OURS, POSTGRES = 10001, 999
_OF_POSTGRES = ("POSTGRES_", "DATABASE_PASSWORD_")
# A proxy on the host comes to the port on its loopback: what the gateway sees is an address of the project's network,
# which the engine takes from these.
_HOST = "127.0.0.0/8,::1/128,172.16.0.0/12,192.168.0.0/16"
# Nothing is made up for an installation that has one already: what it lacks is not set.
_MODE = "FULLHOUSE_MODE"


def names() -> frozenset[str]:
    """The names of all files."""
    return frozenset(each.name for each in all_variables() if in_file(each)) - {"DATABASE_URL"}


def installation(known: Mapping[str, str]) -> dict[str, str]:
    """All values, by name: those that are known and, where something is missing, fresh ones of ours.

    Where not even the mode is known, it is the sandbox's: vendors' values are made up, too. Else they are empty.
    """
    drawn = _drawn()
    ours = {each.name for each in all_variables() if each.section in {Section.KEYS, Section.EMBEDDED}}
    missing = {name: drawn[name] if name in ours else "" for name in names()} if _MODE in known else drawn
    values = {**dict.fromkeys(names(), ""), **missing, **known}
    return {**values, **{name: values[name] or address for name, address in _databases(values).items()}}


def write(folder: Path) -> str:
    """Makes or completes both, and moves into files what is secret in `.env`; says which files are empty."""
    env = folder / ENV
    text = env.read_text() if env.exists() else ""
    values = installation({**_kept(folder), **parse(text)})
    _write_files(folder, {name: values[name] for name in sorted(names())})
    _write_env(env, text, {name: value for name, value in values.items() if name not in names()})
    empty = [name for name in sorted(names()) if not values[name]]
    return f"Wrote {ENV}, and a file for each secret to {FOLDER}. Empty, which means not set: {', '.join(empty)}.\n"


def show(folder: Path, name: str) -> str:
    """The value of one file."""
    if name not in names():
        raise SettingsError(f"{name} is none of the secrets.")
    return f"{_kept(folder).get(name, '')}\n"


def _drawn() -> dict[str, str]:
    """Of everything a fresh one, for an installation at the ports of `make up`."""
    return {
        **environment.fresh_secrets(),
        "TRUSTED_PROXIES": _HOST,
        **{f"DATABASE_PASSWORD_{service.upper()}": secrets.token_hex(16) for service in (*SERVICES, "scratch")},
        "PUBLIC_URL": f"http://{LOOPBACK}:{Ports().gateway}",
        "SANDBOX_URL": f"http://{LOOPBACK}:{Ports().sandbox}",
        "SANDBOX_PASSWORD": secrets.token_urlsafe(12),
        "COMPOSE_PROFILES": SANDBOX,
    }


def _databases(values: Mapping[str, str]) -> dict[str, str]:
    """Where those are that run in a container beside the services."""
    inside = f"@postgres:{Ports().postgres}"
    passwords = {role: values[f"DATABASE_PASSWORD_{role.upper()}"] for role in (*SERVICES, "scratch")}
    return {
        **{
            f"DATABASE_URL_{service.upper()}": f"postgresql://{service}:{passwords[service]}{inside}/{service}?sslmode=disable"
            for service in SERVICES
        },
        "BACKUP_SCRATCH_URL": f"postgresql://scratch:{passwords['scratch']}{inside}/postgres?sslmode=disable",
    }


def _kept(folder: Path) -> dict[str, str]:
    """The values of the files that are not empty."""
    files = {name: folder / FOLDER / name for name in names()}
    found = {name: file.read_text().strip() for name, file in files.items() if file.exists()}
    return {name: value for name, value in found.items() if value}


def _write_files(folder: Path, values: Mapping[str, str]) -> None:
    """Whoever knows a file's name may ask whether it is there: Compose does, as the person who called it."""
    place = folder / FOLDER
    place.mkdir(mode=0o711, exist_ok=True)
    for name, value in values.items():
        account = POSTGRES if name.startswith(_OF_POSTGRES) else OURS
        private_file(place / name, f"{value}\n" if value else "", owner=_given((account, account)))
    if (owner := _given((OURS, OURS))) is not None:
        os.chown(place, *owner)


def _write_env(env: Path, text: str, values: Mapping[str, str]) -> None:
    """Lines of a person's stay as they are, but for secrets. The file is the person's who has the folder."""
    kept = "".join(f"{line}\n" for line in text.splitlines() if not parse(line).keys() & names())
    new = {name: value for name, value in values.items() if name not in parse(text)}
    folder = env.parent.stat()
    private_file(env, kept + lines(new), owner=_given((folder.st_uid, folder.st_gid)))


def _given(owner: tuple[int, int]) -> tuple[int, int] | None:
    """In a container, where this is root: whoever else calls it keeps what is made."""
    return owner if os.geteuid() == 0 else None
