"""`python -m stack.compose env FOLDER|check|gateway`: what Docker Compose is given by the code that `make up` uses.

`env` writes a folder's environment file with a fresh secret of every kind, `check` reads one and names what nothing
reads, `gateway` prints the gateway's configuration.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from chassis.settings import exit_when_misconfigured
from chassis.variables import SettingsError
from cli.environment import parse
from stack import environment, gateway, variables
from stack.layout import LOOPBACK, SANDBOX, SERVICES, Layout, Ports
from stack.settings import GatewaySettings

COMPOSES_OWN = ("COMPOSE_", "DOCKER_")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside its container; Compose publishes it on the host's loopback
# The gateway gives up before those do that ask: then they are told that nobody is there, and ask again.
INNER_SECONDS = 1
LAYOUT = Layout(state=Path("/state"), ports=Ports())
"""The ports are `make up`'s; nothing is kept in this state folder."""


def env() -> str:
    """The file's text, in the form of .env.example, with what only Compose reads."""
    values = {
        **environment.fresh_secrets(),
        **{f"DATABASE_PASSWORD_{service.upper()}": secrets.token_hex(16) for service in (*SERVICES, "scratch")},
        "PUBLIC_URL": f"http://{LOOPBACK}:{LAYOUT.ports.gateway}",
        "SANDBOX_URL": f"http://{LOOPBACK}:{LAYOUT.ports.sandbox}",
        "SANDBOX_PASSWORD": secrets.token_urlsafe(12),
        "COMPOSE_PROFILES": SANDBOX,
    }
    return "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def write_env(folder: Path) -> str:
    """Makes the folder's `.env`, for the folder's owner alone; raises SettingsError when there is one already."""
    path = folder / ".env"
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(
            ".env is there already, and databases may have been made with its passwords: remove it first if it may go."
        ) from None
    with os.fdopen(made, "w") as file:
        file.write(env())
        if os.geteuid() == 0:  # in a container: the file is the person's who called it
            os.fchown(made, folder.stat().st_uid, folder.stat().st_gid)
    return "Wrote .env: a fresh secret of every kind, and nobody else can read it.\n"


def check(text: str) -> str:
    """What to say about such a file; raises SettingsError with a sentence for each name that nothing reads."""
    names = [name for name in parse(text) if not name.startswith(COMPOSES_OWN)]
    if sentences := variables.refusal(names):
        raise SettingsError(sentences)
    return f"All {len(names)} variables are known.\n"


def caddyfile(environ: Mapping[str, str]) -> str:
    """As for `make up`, but reached from outside of the container, before two processes of each service.

    Services that ask each other come 20,000 ports on, from inside only, and find the process that is there.
    """
    believed = GatewaySettings.from_environ(environ).trusted_proxies
    inner = "".join(
        f"\nhttp://:2{port} {{\n\tbind {LOOPBACK}\n\timport proxy {LOOPBACK} {port} {INNER_SECONDS}s\n}}\n"
        for port in (LAYOUT.ports.service(name) for name in SERVICES)
    )
    return gateway.caddyfile(LAYOUT, trusted_proxies=believed, listen=EVERYWHERE, twice=True) + inner


def main(wanted: str, folder: str = ".") -> None:
    texts: dict[str, Callable[[], str]] = {
        "env": lambda: write_env(Path(folder)),
        "check": lambda: check(sys.stdin.read()),
        "gateway": lambda: caddyfile(os.environ),
    }
    with exit_when_misconfigured():
        sys.stdout.write(texts[wanted]())


if __name__ == "__main__":
    main(*sys.argv[1:])
