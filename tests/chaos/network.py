"""The network between the parts of a stack, as links that can be cut (tests.fixtures.links).

They run in a process of their own (`python -m tests.chaos.network`), which nobody kills and no work holds up. It is
told what to do by lines of JSON, answers each with a line, and ends when nobody is left to tell it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from stack import environment, kafka
from stack.layout import GATEWAY, LOOPBACK, SERVICES, Layout, Ports
from tests.fixtures.links import Cut, Link, through

# Within the hundred ports of an installation, and of no part of it.
FIRST_LISTENER, FIRST_LINK = 40, 50
CALLERS_OF_INVENTORY = ("checkout", "monitor")
LINKS = (
    *(f"{service}-kafka" for service in SERVICES),
    *(f"{service}-postgres" for service in SERVICES),
    *(f"{caller}-inventory" for caller in CALLERS_OF_INVENTORY),
    *(f"{GATEWAY}-{service}" for service in SERVICES),
)
# Kafka tells its clients where to connect, by the listener that they came to: one for each that has a way of its own.
LISTENERS = """\
listeners=CLIENTS://{host}:{port},CONTROLLER://{host}:{controller},{own}
advertised.listeners=CLIENTS://{host}:{port},{advertised}
listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT,{protocols}
"""


@dataclass(slots=True)
class Network:
    """All links of one installation; `laid` before it is started."""

    _process: subprocess.Popen[str] | None = None
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def laid(self, layout: Layout) -> Iterator[Mapping[str, Mapping[str, str]]]:
        """What each process must be given, so that it takes the links."""
        ends = json.dumps(ports_of_links(layout.ports))
        command = [sys.executable, "-m", "tests.chaos.network", ends]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as self._process:
            self._answer()
            found = variables(layout)
            write_listeners(layout)
            yield found
            assert self._process.stdin is not None
            self._process.stdin.close()

    def cut(self, link: str, cut: Cut) -> None:
        self._tell({"link": link, "cut": cut})

    def mend(self, link: str, *, forget: bool) -> None:
        self._tell({"link": link, "forget": forget})

    def _tell(self, order: Mapping[str, object]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with self._alone:
            self._process.stdin.write(f"{json.dumps(order)}\n")
            self._process.stdin.flush()
            self._answer()

    def _answer(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("the process of the links has ended")


def ports_of_links(ports: Ports) -> dict[str, tuple[int, int]]:
    """From which port to which, by link."""
    targets = {f"{service}-kafka": _listener(ports, service) for service in SERVICES}
    targets |= {f"{service}-postgres": ports.postgres for service in SERVICES}
    targets |= {f"{caller}-inventory": ports.service("inventory") for caller in CALLERS_OF_INVENTORY}
    targets |= {f"{GATEWAY}-{service}": ports.service(service) for service in SERVICES}
    return {link: (_link(ports, link), targets[link]) for link in LINKS}


def variables(layout: Layout) -> dict[str, dict[str, str]]:
    """By process: the addresses at this end of its links."""
    made, ports = environment.made(layout), layout.ports
    found = {
        service: {
            "DATABASE_URL": through(made[f"DATABASE_URL_{service.upper()}"], _link(ports, f"{service}-postgres")),
            "KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{_link(ports, f'{service}-kafka')}",
        }
        for service in SERVICES
    }
    for caller in CALLERS_OF_INVENTORY:
        found[caller]["INVENTORY_URL"] = f"http://{LOOPBACK}:{_link(ports, f'{caller}-inventory')}"
    return {**found, GATEWAY: {each: f"{LOOPBACK}:{_link(ports, f'{GATEWAY}-{each}')}" for each in SERVICES}}


def write_listeners(layout: Layout) -> None:
    """The broker's own listeners, beside the one by which everybody else reaches it."""
    ports = layout.ports
    password = environment.kafka_password(layout)
    kafka.Broker.of(layout, password).own.write_text(
        LISTENERS.format(
            host=LOOPBACK,
            port=ports.kafka,
            controller=ports.kafka_controller,
            own=_addresses({each: _listener(ports, each) for each in SERVICES}),
            advertised=_addresses({each: _link(ports, f"{each}-kafka") for each in SERVICES}),
            protocols=",".join(f"{each.upper()}:SASL_PLAINTEXT" for each in SERVICES),
        )
        + "".join(kafka.login(each, password) for each in SERVICES)
    )


def _addresses(ports: Mapping[str, int]) -> str:
    return ",".join(f"{name.upper()}://{LOOPBACK}:{port}" for name, port in ports.items())


def _listener(ports: Ports, service: str) -> int:
    return ports.base + FIRST_LISTENER + SERVICES.index(service)


def _link(ports: Ports, link: str) -> int:
    return ports.base + FIRST_LINK + LINKS.index(link)


async def main(ends: Mapping[str, tuple[int, int]]) -> None:
    """Until the end of the standard input."""
    async with AsyncExitStack() as stack:
        links = {
            name: await stack.enter_async_context(Link((LOOPBACK, target), port=port))
            for name, (port, target) in ends.items()
        }
        orders = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        print("ready", flush=True)
        while line := await orders.readline():
            await _obey(links, json.loads(line))
            print("done", flush=True)


async def _obey(links: Mapping[str, Link], order: Mapping[str, object]) -> None:
    link = links[str(order["link"])]
    if "cut" in order:
        await link.cut(Cut(str(order["cut"])))
    else:
        await link.mend(forget=bool(order["forget"]))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
