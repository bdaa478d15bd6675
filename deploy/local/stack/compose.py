"""`python -m stack.compose env|gateway`: what Docker Compose is given by the code that `make up` uses.

`env` prints an environment file with a fresh secret of every kind, `gateway` the gateway's configuration.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from stack import environment, gateway
from stack.layout import LOOPBACK, SERVICES, Layout, Ports
from stack.variables import SANDBOX

EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside its container; Compose publishes it on the host's loopback
LAYOUT = Layout(state=Path("/state"), ports=Ports())
"""The ports are `make up`'s; nothing is kept in this state folder."""


def env() -> str:
    """The file's text, in the form of .env.example, with what only Compose reads."""
    values = {
        **environment.fresh_secrets(),
        **{f"DATABASE_PASSWORD_{service.upper()}": secrets.token_hex(16) for service in SERVICES},
        "PUBLIC_URL": f"http://{LOOPBACK}:{LAYOUT.ports.gateway}",
        "SANDBOX_URL": f"http://{LOOPBACK}:{LAYOUT.ports.sandbox}",
        "SANDBOX_PASSWORD": secrets.token_urlsafe(12),
        "COMPOSE_PROFILES": SANDBOX,
    }
    return "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def caddyfile(environ: Mapping[str, str]) -> str:
    """As for `make up`, but reached from outside of the container."""
    return gateway.caddyfile(LAYOUT, trusted_proxies=environ.get("TRUSTED_PROXIES", ""), listen=EVERYWHERE)


def main(wanted: str) -> None:
    sys.stdout.write(caddyfile(os.environ) if wanted == "gateway" else env())


if __name__ == "__main__":
    main(sys.argv[1])
