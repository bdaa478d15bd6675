"""The real gateway in front of four small servers that say who they are and what reached them."""

from __future__ import annotations

import http.client
import json
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stack.control import Installation
from stack.layout import LOOPBACK, SERVICES, Layout
from stack.processes import free_ports
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
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/api/broken"):
            self.break_off()
        else:
            self.do_GET()

    def break_off(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent."""


@contextmanager
def answering(port: int) -> Iterator[None]:
    server = ThreadingHTTPServer((LOOPBACK, port), Answer)
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


def ask(layout: Layout, path: str, *, method: str = "GET", body: bytes = b"", came_from: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, layout.ports.gateway, timeout=30)
    headers = {"X-Forwarded-For": came_from} if came_from else {}
    try:
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_every_path_reaches_its_service_and_no_closed_one_reaches_any(services: Layout) -> None:
    ports = {services.ports.service(name): name for name in SERVICES}
    for path, service in PROMISED.items():
        status, body = ask(services, path)
        if service is None:
            assert (status, json.loads(body)["code"]) == (404, "not_found"), path
        else:
            assert (ports[json.loads(body)["port"]], json.loads(body)["path"]) == (service, path)


@pytest.mark.parametrize("path", ["//internal/holds", "/api/../internal/holds", "/%69nternal/holds", "/INTERNAL/holds"])
def test_no_spelling_reaches_what_is_closed(services: Layout, path: str) -> None:
    status, body = ask(services, path)
    assert status == 404
    assert b"port" not in body


def test_a_request_waits_while_its_service_restarts(gateway: Layout) -> None:
    answers: list[int] = []
    body = b"{}"
    waiting = threading.Thread(target=lambda: answers.append(ask(gateway, "/api/orders", method="POST", body=body)[0]))
    waiting.start()
    time.sleep(0.3)
    assert not answers
    with answering(gateway.ports.service("checkout")):
        waiting.join()
    assert answers == [200]


def test_events_of_a_stream_are_not_held_back(services: Layout) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, services.ports.gateway, timeout=10)
    connection.request("GET", "/api/stream", headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert answer.headers["Content-Encoding"] is None
    assert answer.readline() == b"data: first\n"
    connection.close()


def test_the_gateway_says_where_a_request_comes_from(services: Layout) -> None:
    plain = json.loads(ask(services, "/")[1])["forwarded"]
    told = json.loads(ask(services, "/", came_from="192.0.2.7")[1])["forwarded"]
    assert plain == LOOPBACK
    assert told == f"192.0.2.7, {LOOPBACK}"


def test_a_flood_is_cut_off(services: Layout) -> None:
    status, body = ask(services, "/api/orders", method="POST", body=b"x" * 2_100_000)
    assert (status, json.loads(body)["code"]) == (413, "body_too_large")


def test_the_log_of_what_went_wrong_keeps_no_tokens(services: Layout) -> None:
    with pytest.raises(http.client.HTTPException):
        ask(services, "/api/broken?token=very-secret", method="POST", body=b"{}", came_from="very-secret")
    log, deadline = services.logs / "gateway.log", time.monotonic() + 10
    while "/api/broken" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "/api/broken" in log.read_text()
    assert "very-secret" not in log.read_text()
