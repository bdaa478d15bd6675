"""`python -m stack.kubernetes env FOLDER|gateway`: what deploy/kubernetes is given by the code that `make up` uses.

`env` writes a folder's `secrets.env` with a fresh value for every secret that is ours, or adds to it what it lacks;
`gateway` prints the gateway's configuration. `patch` is the text of deploy/kubernetes/base/variables.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from chassis.settings import Section, exit_when_misconfigured
from chassis.settings.listing import Variable
from cli.environment import lines
from cli.private_files import private_file
from stack import environment, gateway
from stack.compose import EVERYWHERE, LAYOUT
from stack.layout import ROOT, SERVICES
from stack.settings import GatewaySettings
from stack.variables import COMMAND, PER_PROCESS, all_variables, allowed, in_file, key_of

VARIABLES = ROOT / "deploy" / "kubernetes" / "base" / "variables"
TOOLS = "tools"
SECRETS_FILE = "secrets.env"
MOUNTED = "/run/secrets/fullhouse"
ADMIN_PASSWORD = "ADMIN_PASSWORD"  # noqa: S105 - the variable that holds it
_HEAD = """\
# Written from the settings classes (python -m stack example): the variables of these pods' processes. What is secret
# is a file of the Secret `secrets`, which has each of these keys (an empty one is not set); the rest is in `settings`.
"""


def names(of: str) -> frozenset[str]:
    """The variables of the pods of a service or of the tools, but for the slot, which only workers have."""
    if of == TOOLS:
        every = frozenset[str]().union(allowed(COMMAND), *map(allowed, SERVICES))
        return every - PER_PROCESS
    return frozenset(name for name in allowed(of) if not name.startswith("DATABASE_URL_")) - {"FULLHOUSE_SLOT"}


def patch(of: str) -> str:
    """The JSON patch that gives the pods of a service or of the tools their variables, and their secrets as files."""
    known = {each.name: each for each in all_variables()}
    found = [known[name] for name in sorted(names(of))]
    secret = [each.name for each in found if in_file(each)]
    return "".join(
        (
            _HEAD,
            "- op: add\n  path: /spec/template/spec/containers/0/env\n  value:\n",
            *(f"    - {line}\n" for line in _env(of, found)),
            "- op: add\n  path: /spec/template/spec/volumes/0/secret/items\n  value:\n",
            *(f"    - {{key: {key_of(name, of)}, path: {name}}}\n" for name in secret),
        )
    )


def secret_keys() -> frozenset[str]:
    """Every key that the Secret must have."""
    of_services = {name for service in SERVICES for name in allowed(service)} - {"DATABASE_URL"}
    secret = {each.name for each in all_variables() if in_file(each)}
    return frozenset(secret & of_services) | {ADMIN_PASSWORD}


def with_missing(known: Mapping[str, str]) -> dict[str, str]:
    """The Secret's values: those that are known, fresh ones of ours, and empty ones of vendors."""
    drawn = environment.fresh_secrets()
    ours = {each.name for each in all_variables() if each.section is Section.KEYS} | {ADMIN_PASSWORD}
    fresh = {name: drawn[name] if name in ours else "" for name in secret_keys()}
    return dict(sorted({**fresh, **{name: value for name, value in known.items() if name in fresh}}.items()))


def write_env(folder: Path) -> str:
    """Makes or completes the folder's file, which its owner alone can read; tells the names that are still empty."""
    path = folder / SECRETS_FILE
    values = with_missing(environment.read(path))
    private_file(path, lines(values))
    empty = [name for name, value in values.items() if not value]
    return f"Wrote {SECRETS_FILE}. Empty, which means not set: {', '.join(empty)}.\n"


def caddyfile(environ: Mapping[str, str]) -> str:
    """As for `make up`, before services that are found by their names."""
    named = {name: f"{name}:{LAYOUT.ports.service(name)}" for name in SERVICES}
    believed = GatewaySettings.from_environ(environ).trusted_proxies
    return gateway.caddyfile(LAYOUT, trusted_proxies=believed, listen=EVERYWHERE, elsewhere=named, by_name=True)


def _env(of: str, variables: list[Variable]) -> Iterator[str]:
    fixed = {"CONFIG_DIR": "/app/deploy/config"}
    fixed |= {f"{name.upper()}_URL": f'"http://{name}:{LAYOUT.ports.service(name)}"' for name in SERVICES}
    if of in SERVICES:
        fixed["PORT"] = f'"{LAYOUT.ports.service(of)}"'
    for each in variables:
        if each.name in fixed:
            yield f"{{name: {each.name}, value: {fixed[each.name]}}}"
        elif in_file(each):
            yield f"{{name: {each.name}_FILE, value: {MOUNTED}/{each.name}}}"
        else:
            source = f"{{name: settings, key: {each.name}, optional: true}}"
            yield f"{{name: {each.name}, valueFrom: {{configMapKeyRef: {source}}}}}"


def main(wanted: str, folder: str = ".") -> None:
    texts: dict[str, Callable[[], str]] = {
        "env": lambda: write_env(Path(folder)),
        "gateway": lambda: caddyfile(os.environ),
    }
    with exit_when_misconfigured():
        sys.stdout.write(texts[wanted]())


if __name__ == "__main__":
    main(*sys.argv[1:])
