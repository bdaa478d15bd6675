"""What commands make of the gateway's answers: their words, and their exit codes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from subprocess import CompletedProcess
from typing import Any

import pytest

from chassis.keys import SigningKey
from tests.fixtures import command_line

QUIET: dict[str, Any] = {
    "status": "healthy",
    "alerts": [],
    "payments": {"paid": 0, "failed": 0, "declined": 0, "successRate": 1.0},
    "consumerLag": {},
    "lastSale": None,
    "services": [],
    "stock": [],
}
ENTRY = {
    "id": 7,
    "at": "2026-11-21T11:48:30.5Z",
    "actor": "pat@example.com",
    "role": "operator",
    "address": "203.0.113.77",
    "action": "alert_acknowledged",
    "target": "alert:4471",
    "before": {"status": "firing"},
    "after": {"status": "acknowledged"},
    "reason": "",
    "outcome": "done",
    "code": None,
    "times": 1,
}
ALERT = {"summary": "Payments are down", "timestamp": "2026-11-21T11:48:30Z", "code": "4471", "acknowledgedBy": None}


@contextmanager
def gateway(status: int, document: Mapping[str, Any], **others: Mapping[str, Any] | None) -> Iterator[str]:
    """Answers everything with this; what is asked of one of the others with its own, or that it is away."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            named = next((name for name in others if f"/{name}/" in self.path), None)
            found = document if named is None else others[named]
            body = json.dumps(found or {}).encode()
            self.send_response(status if found is not None else 502)
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


def fullhouse(url: str, *arguments: str) -> CompletedProcess[str]:
    key = SigningKey.generate("auth1").export()
    environ = {**os.environ, "STATE": "/nonexistent", "PUBLIC_URL": url, "AUTH_SIGNING_KEY": key}
    return command_line.fullhouse(*arguments, environ=environ)


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


@pytest.mark.proves("O-1", "C-12")
def test_the_audit_of_all_services_is_one_list_and_names_who_is_silent() -> None:
    newer = {**ENTRY, "at": "2026-11-21T11:48:31Z", "action": "order_refunded", "outcome": "refused", "times": 40}
    checkout = {"data": [{**newer, "code": "role_missing"}], "nextCursor": None}
    with gateway(200, {"data": [ENTRY], "nextCursor": None}, checkout=checkout, notifier=None) as url:
        told = [fullhouse(url, "audit", *more) for more in ((), ("--json",), ("--json", "--limit", "1"))]
        one = fullhouse(url, "audit", "--json", "--service", "monitor")
    assert [each.returncode for each in (*told, one)] == [1, 1, 1, 0]
    assert all("notifier: What answers" in each.stderr for each in told)
    listed = [[(row["service"], row["id"]) for row in json.loads(each.stdout)["data"]] for each in told[1:]]
    assert listed == [[("checkout", 7), ("inventory", 7), ("monitor", 7)], [("checkout", 7)]]
    words = " ".join(told[0].stdout.split())
    assert "refused role_missing × 40" in words
    assert words.index("order_refunded") < words.index("alert_acknowledged")
    wrong = fullhouse(url, "audit", "--outcome", "maybe")
    assert (wrong.returncode, "write one of done, refused" in wrong.stderr) == (2, True)
