"""`python -m stack.compose env|show NAME|check|gateway`: what Docker Compose is given by the code that `make up` uses.

`env` writes the current folder's environment file and files of secrets, `show` prints one of these, `check` reads an
environment file and names what nothing reads there, `gateway` prints the gateway's configuration.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from chassis.settings import exit_when_misconfigured
from chassis.variables import SettingsError
from cli.environment import parse
from stack import gateway, secret_files, variables
from stack.layout import LOOPBACK, SERVICES, Layout, Ports
from stack.settings import GatewaySettings

COMPOSES_OWN = ("COMPOSE_", "DOCKER_")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside its container; Compose publishes it on the host's loopback
# The gateway gives up before those do that ask: then they are told that nobody is there, and ask again.
INNER_SECONDS = 1
_MOVE = "`docker compose run --rm secrets` moves it there."
LAYOUT = Layout(state=Path("/state"), ports=Ports())
"""The ports are `make up`'s; nothing is kept in this state folder."""


def check(text: str) -> str:
    """What to say about such a file; raises SettingsError with a sentence for each name that nothing reads there."""
    names = [name for name in parse(text) if not name.startswith(COMPOSES_OWN)]
    misplaced = (f"{name} is read from a file of its own: {_MOVE}" for name in names if name in secret_files.names())
    if sentences := [*filter(None, [variables.refusal(names)]), *misplaced]:
        raise SettingsError("\n".join(sentences))
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


def main(wanted: str, name: str = "") -> None:
    texts: dict[str, Callable[[], str]] = {
        "env": lambda: secret_files.write(Path()),
        "show": lambda: secret_files.show(Path(), name),
        "check": lambda: check(sys.stdin.read()),
        "gateway": lambda: caddyfile(os.environ),
    }
    with exit_when_misconfigured():
        sys.stdout.write(texts[wanted]())


if __name__ == "__main__":
    main(*sys.argv[1:])
