"""The gateway's configuration, made from the one table path → service (deploy/gateway/routes.toml)."""

from __future__ import annotations

import os
import re
import sysconfig
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from string import Template

from jinja2 import Environment, FileSystemLoader

from languages import ENGLISH, languages, speaking
from languages.templating import add_texts
from stack.errors import StackError
from stack.layout import LOOPBACK, ROOT, SERVICES, Layout

FOLDER = ROOT / "deploy" / "gateway"
Network = IPv4Network | IPv6Network
CLOSED = "closed"
# What the template's `proxy` goes to: its first two words are host and port.
ADDRESSED = "{args[0]}:{args[1]} {"
# Another process of each service listens 10,000 ports on.
TWICE = "{args[0]}:{args[1]} {args[0]}:1{args[1]} {"
NAMED = """{
		dynamic a {
			name {args[0]}
			port {args[1]}
			refresh 5s
		}"""


@dataclass(frozen=True, slots=True)
class Routes:
    """`paths`: path, with a `*` at its end or for one part in the middle → service."""

    default: str
    closed: tuple[str, ...]
    paths: Mapping[str, str]

    @classmethod
    def load(cls, path: Path = FOLDER / "routes.toml") -> Routes:
        """Raises StackError when a path is named twice, or a service doesn't exist."""
        table = tomllib.loads(path.read_text())
        pairs = [(entry, service) for service, entries in table["services"].items() for entry in entries]
        paths = dict(pairs)
        if len(paths) < len(pairs) or not {table["default"], *paths.values()} <= set(SERVICES):
            raise StackError(f"{path} names a path twice, or a service that doesn't exist.")
        return cls(default=table["default"], closed=tuple(table["closed"]), paths=paths)

    def service(self, path: str) -> str | None:
        """Who answers `path`; None for what is closed."""
        for entry, service in self.ordered():
            if path == entry or re.fullmatch(_pattern(entry), path):
                return service
        return self.default

    def ordered(self) -> Sequence[tuple[str, str | None]]:
        """Closed paths, then exact ones, then prefixes, the longest first: the first that fits wins."""
        open_paths = sorted(self.paths.items(), key=lambda item: (item[0].endswith("*"), -len(item[0])))
        return [*((path, None) for path in self.closed), *open_paths]


def _pattern(entry: str) -> str:
    """As Caddy matches paths: a `*` at the end takes everything, one in the middle a single part."""
    begin, star, end = entry.partition("*")
    return re.escape(begin) + ("[^/]*" if end else ".*" if star else "") + re.escape(end)


def caddyfile(
    layout: Layout,
    *,
    trusted_proxies: Iterable[Network | str],
    listen: str = LOOPBACK,
    elsewhere: Mapping[str, str] | None = None,
    by_name: bool = False,
    twice: bool = False,
) -> str:
    """The whole configuration as text.

    trusted_proxies: networks of the proxies before the gateway
    listen: where the gateway itself is
    elsewhere: the addresses (host:port) of services that are not on loopback at their ports
    by_name: whether their hosts are names of which DNS says at each moment where the processes of a service are
    twice: whether of each service another process listens 10,000 ports on
    """
    template = Template((FOLDER / "Caddyfile.template").read_text())
    return template.substitute(
        listen=listen,
        gateway=layout.ports.gateway,
        upstream=NAMED if by_name else TWICE if twice else ADDRESSED,
        routes="\n".join(f"\t\t{line}" for line in blocks(addresses(layout, elsewhere or {}), Routes.load())),
        trusted_proxies=trusted(trusted_proxies),
        away="\n".join(f"\t\t{line}" for line in away_pages()),
    )


def away_pages() -> list[str]:
    """What a browser is shown while a service is away: in the language it likes best, else in English."""
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
    add_texts(environment)
    page, lines = environment.get_template("away.html"), list[str]()
    for language in reversed(tuple(languages().values())):
        likes = [] if language is ENGLISH else [f"\theader_regexp Accept-Language (?i)^{language.tag}\\b"]
        name = f"@page_{language.tag}"
        with speaking(language):
            html = [f"\t\t{line}" for line in page.render().splitlines()]
        lines += [f"{name} {{", "\tmethod GET HEAD", "\theader Accept *text/html*", *likes, "}"]
        lines += [f"handle {name} {{", "\timport own", '\theader Content-Type "text/html; charset=utf-8"']
        lines += ["\trespond <<HTML", *html, "\t\tHTML {err.status_code}", "}"]
    return lines


def trusted(networks: Iterable[Network | str]) -> str:
    """Whose X-Forwarded-For counts; without any, everybody's is replaced by the address they come from."""
    names = " ".join(map(str, networks))
    return f"trusted_proxies static {names}\n\t\ttrusted_proxies_strict" if names else ""


def addresses(layout: Layout, elsewhere: Mapping[str, str]) -> dict[str, str]:
    """Where each service is."""
    return {name: elsewhere.get(name) or f"{LOOPBACK}:{layout.ports.service(name)}" for name in SERVICES}


def blocks(where: Mapping[str, str], routes: Routes) -> list[str]:
    """One `handle` a step of the order: neighbours of the same service share one."""
    lines = [f"@{CLOSED} path {' '.join(routes.closed)}", f"handle @{CLOSED} {{", *not_found(), "}"]
    groups: list[tuple[str, list[str]]] = []
    for path, service in routes.ordered():
        if service is None:
            continue
        if groups and groups[-1][0] == service:
            groups[-1][1].append(path)
        else:
            groups.append((service, [path]))
    for number, (service, paths) in enumerate(groups):
        name = f"@{service}{number}"
        lines += [f"{name} path {' '.join(paths)}", f"handle {name} {{", *proxy(where[service]), "}"]
    return [*lines, "handle {", *proxy(where[routes.default]), "}"]


def not_found() -> list[str]:
    return [
        '\timport problem 404 urn:fullhouse:problem:not_found "There is nothing here" "No such address." not_found',
    ]


def proxy(address: str) -> list[str]:
    host, _, port = address.rpartition(":")
    return [f"\timport service {host} {port}"]


def write(layout: Layout, *, trusted_proxies: Iterable[Network | str], elsewhere: Mapping[str, str]) -> Path:
    """Put the configuration where the gateway reads it."""
    path = layout.run / "Caddyfile"
    path.write_text(caddyfile(layout, trusted_proxies=trusted_proxies, elsewhere=elsewhere))
    return path


def run(layout: Layout, *, trusted_proxies: Iterable[Network | str], elsewhere: Mapping[str, str]) -> None:
    """Become the gateway (never returns). Its control interface is off; a change is a restart."""
    config = write(layout, trusted_proxies=trusted_proxies, elsewhere=elsewhere)
    program = str(Path(sysconfig.get_path("scripts")) / "caddy")
    command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
    place = str(layout.state / "gateway")
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": place, "XDG_DATA_HOME": place, "XDG_CONFIG_HOME": place}
    os.execve(program, command, environ)  # noqa: S606 - no shell is wanted
