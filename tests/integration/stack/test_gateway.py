"""The real gateway in front of four small servers that say who they are and what reached them."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import socket
import sysconfig
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stack.control import Installation
from stack.gateway import caddyfile
from stack.layout import LOOPBACK, SERVICES, Layout
from stack.processes import end, free_ports, listens, spawn, wait_until
from tests.fixtures import testbed
from tests.fixtures.routes import PROMISED


class Answer(BaseHTTPRequestHandler):
    """Says its port, the path and the addresses that it was told; who wants a stream gets one event."""

    def do_GET(self) -> None:
        stream = self.headers["Accept"] == "text/event-stream"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.end_headers()
        if stream:
            self.wfile.write(b"data: first\n\n")
            self.wfile.flush()
            self.rfile.read(1)
        else:
            told = self.headers.get("X-Forwarded-For")
            said = {"port": self.connection.getsockname()[1], "path": self.path, "forwarded": told}
            self.wfile.write(json.dumps(said).encode())

    def do_POST(self) -> None:
        self.take_body()
        if self.path.startswith("/api/broken"):
            self.break_off()
        else:
            self.do_GET()

    def take_body(self) -> None:
        """To its end, as a service does before it answers; fails where the gateway breaks it off."""
        if self.headers["Transfer-Encoding"] != "chunked":
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            return
        while size := int(self.rfile.readline(), 16):
            self.rfile.read(size + 2)

    def break_off(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent."""


class Silent(ThreadingHTTPServer):
    """Says nothing of lines that the gateway ends."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent."""


@contextmanager
def answering(port: int) -> Iterator[None]:
    server = Silent((LOOPBACK, port), Answer)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Layout]:
    layout = Layout(state=testbed.folder() / secrets.token_hex(4), ports=free_ports())
    installation = Installation(layout, {}, only=["gateway"])
    installation.up(parent_death=signal.SIGTERM)
    yield layout
    installation.clean()


@pytest.fixture
def services(gateway: Layout) -> Iterator[Layout]:
    with ExitStack() as running:
        for name in SERVICES:
            running.enter_context(answering(gateway.ports.service(name)))
        yield gateway


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the gateway's or of a server behind it."""

    status: int
    headers: Message
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def ask(
    layout: Layout,
    path: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    came_from: str = "",
    accept: str = "*/*",
    language: str = "",
) -> Answered:
    connection = http.client.HTTPConnection(LOOPBACK, layout.ports.gateway, timeout=30)
    headers = {"Accept": accept, "Accept-Language": language}
    headers |= {"X-Forwarded-For": came_from} if came_from else {}
    try:
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        return Answered(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def spoken(layout: Layout, said: bytes) -> bytes:
    """What comes back for these bytes, until the gateway ends the connection."""
    with socket.create_connection((LOOPBACK, layout.ports.gateway), timeout=60) as line:
        line.sendall(said)
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_every_path_reaches_its_service_and_no_closed_one_reaches_any(services: Layout) -> None:
    ports = {services.ports.service(name): name for name in SERVICES}
    for path, service in PROMISED.items():
        answer = ask(services, path)
        if service is None:
            assert (answer.status, answer.said["code"]) == (404, "not_found"), path
        else:
            assert (ports[answer.said["port"]], answer.said["path"]) == (service, path)


@pytest.mark.parametrize("path", ["//internal/holds", "/api/../internal/holds", "/%69nternal/holds", "/INTERNAL/holds"])
def test_no_spelling_reaches_what_is_closed(services: Layout, path: str) -> None:
    answer = ask(services, path)
    assert answer.status == 404
    assert "port" not in answer.said


def test_a_request_waits_while_its_service_restarts(gateway: Layout) -> None:
    answers: list[int] = []
    body = b"{}"
    waiting = threading.Thread(
        target=lambda: answers.append(ask(gateway, "/api/orders", method="POST", body=body).status)
    )
    waiting.start()
    time.sleep(0.3)
    assert not answers
    with answering(gateway.ports.service("checkout")):
        waiting.join()
    assert answers == [200]


@contextmanager
def finding_by_name(folder: Path) -> Iterator[Layout]:
    """A gateway that asks where each service's processes are, as before pods; here all of them are on this machine."""
    layout = Layout(state=folder, ports=free_ports())
    named = {name: f"localhost:{layout.ports.service(name)}" for name in SERVICES}
    config, log = folder / "Caddyfile", folder / "log"
    config.write_text(caddyfile(layout, trusted_proxies=(), elsewhere=named, by_name=True))
    program = Path(sysconfig.get_path("scripts")) / "caddy"
    command: list[str | Path] = [program, "run", "--adapter", "caddyfile", "--config", config]
    child = spawn(command, log=log, environ={"HOME": str(folder)})
    try:
        wait_until(lambda: listens(layout.ports.gateway), part="gateway", log=log, child=child, seconds=60)
        yield layout
    finally:
        end(child)


@pytest.mark.proves("L-10")
def test_processes_that_are_found_by_name_may_come_and_go(tmp_path: Path) -> None:
    with finding_by_name(tmp_path) as layout, ThreadPoolExecutor() as pool:
        waiting = pool.submit(ask, layout, "/api/orders", method="POST", body=b"{}")
        with answering(layout.ports.service("checkout")):
            assert waiting.result().said == {
                "port": layout.ports.service("checkout"), "path": "/api/orders", "forwarded": LOOPBACK,
            }  # fmt: skip
        assert ask(layout, "/livez").said["code"] == "not_found"


def test_events_of_a_stream_are_not_held_back(services: Layout) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, services.ports.gateway, timeout=10)
    connection.request("GET", "/api/stream", headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.headers["Content-Encoding"] is None
    assert answer.readline() == b"data: first\n"
    connection.close()


@pytest.mark.proves("C-11")
@pytest.mark.parametrize(
    ("told", "believed"),
    [
        ("", LOOPBACK),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 127.0.0.2", "203.0.113.7"),
        ("10.1.2.3, 203.0.113.7, 127.0.0.3, 127.0.0.2", "203.0.113.7"),
        ("127.0.0.9, 203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("nonsense", LOOPBACK),
    ],
    ids=["no proxy", "one", "two", "three and a lie", "a lie", "v6", "nonsense"],
)
def test_a_service_is_told_one_address_whatever_proxies_and_clients_say(
    services: Layout, told: str, believed: str
) -> None:
    """The gateway believes the proxies that it is told of (here: loopback), the last one first."""
    assert ask(services, "/", came_from=told).said["forwarded"] == believed


def test_a_flood_is_cut_off(services: Layout) -> None:
    answer = ask(services, "/api/orders", method="POST", body=b"x" * 2_100_000)
    assert (answer.status, answer.said["code"]) == (413, "body_too_large")
    assert is_well_formed(answer)


def is_well_formed(answer: Answered) -> bool:
    """Whether what the gateway says itself is a problem document that no browser runs (C-13)."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert {"type", "title", "status", "detail", "code"} == answer.said.keys()
    return bool(answer.said["status"] == answer.status)


@pytest.mark.proves("C-13")
def test_what_the_gateway_says_itself_is_well_formed(gateway: Layout, services: Layout) -> None:
    assert is_well_formed(ask(services, "/internal/holds"))


@pytest.mark.proves("X-5")
def test_one_slash_at_the_end_is_forgiven(services: Layout) -> None:
    page = ask(services, "/register/?city=dallas")
    assert (page.status, page.headers["Location"]) == (308, "/register?city=dallas")
    assert ask(services, "/a/token.with-signs_/").headers["Location"] == "/a/token.with-signs_"
    assert ask(services, "//register").said["path"] == "/register"
    webhook = ask(services, "/api/webhooks/stripe/", method="POST", body=b"{}")
    assert (webhook.status, webhook.said["path"]) == (200, "/api/webhooks/stripe")


@pytest.mark.proves("C-11")
@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example/", "/%2Fevil.example/", "/%5Cevil.example/", "/;@evil.example/"]
)
def test_no_slash_leads_to_another_site(services: Layout, path: str) -> None:
    place = ask(services, path).headers["Location"] or "/"
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))


@pytest.mark.proves("C-11")
@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n0\r\n\r\n", b"5\r\nabcdeXX\r\n0\r\n\r\n", b"-1\r\n\r\n"])
def test_a_broken_body_is_the_senders_fault(services: Layout, chunks: bytes) -> None:
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert b" 400 " in spoken(services, head + chunks).partition(b"\r\n")[0]


@pytest.mark.proves("C-13", "W-3", "X-5")
def test_neither_a_part_that_is_away_nor_a_body_that_never_comes_is_waited_for_longer_than_15_seconds(
    gateway: Layout,
) -> None:
    """All at once. A part that is away is a page for people and a problem for programs; a silent line is ended."""
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    silent = (head + b"Content-Length: 100\r\n\r\n", head + b"Content-Length: 100\r\n\r\n{")
    with answering(gateway.ports.service("checkout")), ThreadPoolExecutor(5) as askers:
        lines = [askers.submit(spoken, gateway, said) for said in silent]
        paging = askers.submit(ask, gateway, "/login?next=/x", accept="text/html,*/*;q=0.8")
        spanish = askers.submit(ask, gateway, "/login", accept="text/html", language="es-MX,es;q=0.9")
        asking = askers.submit(ask, gateway, "/api/inventory")
        page, problem = paging.result(), asking.result()
        assert all(b" 200 " not in line.result() for line in lines)
    assert (page.status, page.headers["Retry-After"]) == (502, "5")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "We can’t show this right now." in page.body.decode()
    assert "Ahora no podemos mostrar esto." in spanish.result().body.decode()
    assert b"{err" not in page.body
    assert is_well_formed(problem)
    assert problem.said["code"] == "unreachable"


def test_the_log_of_what_went_wrong_keeps_no_tokens(services: Layout) -> None:
    with pytest.raises(http.client.HTTPException):
        ask(services, "/api/broken?token=very-secret", method="POST", body=b"{}", came_from="very-secret")
    log, deadline = services.logs / "gateway.log", time.monotonic() + 10
    while "/api/broken" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "/api/broken" in log.read_text()
    assert "very-secret" not in log.read_text()
