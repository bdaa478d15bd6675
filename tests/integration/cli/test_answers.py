"""What commands make of the gateway's answers: their words, and their exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chassis.keys import SigningKey

QUIET: dict[str, Any] = {
    "status": "healthy",
    "alerts": [],
    "payments": {"paid": 0, "failed": 0, "declined": 0, "successRate": 1.0},
    "consumerLag": {},
    "lastSale": None,
    "services": [],
    "stock": [],
}
ALERT = {"summary": "Payments are down", "timestamp": "2026-11-21T11:48:30Z", "code": "4471", "acknowledgedBy": None}


@contextmanager
def gateway(status: int, document: Mapping[str, Any]) -> Iterator[str]:
    """Answers everything with this."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def fullhouse(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    key = SigningKey.generate("auth1").export()
    environ = {**os.environ, "STATE": "/nonexistent", "PUBLIC_URL": url, "AUTH_SIGNING_KEY": key}
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.proves("O-1")
@pytest.mark.parametrize(("severity", "code"), [("critical", 1), ("high", 0)])
def test_status_fails_while_a_critical_alert_is_open(severity: str, code: int) -> None:
    with gateway(200, {**QUIET, "alerts": [{**ALERT, "severity": severity}]}) as url:
        done = [fullhouse(url, "status", *more) for more in ((), ("--json",))]
    assert [each.returncode for each in done] == [code, code]
    assert "Payments are down" in done[0].stdout
    assert json.loads(done[1].stdout)["alerts"]


@pytest.mark.proves("O-1")
def test_a_part_that_is_away_has_not_refused() -> None:
    with gateway(502, {"title": "A part is away", "status": 502}) as url:
        done = fullhouse(url, "status")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("What answers /api/operations is away")
    assert "Refused" not in done.stderr
