"""`fullhouse connections webhook`: what is said of a subscription, and what a script sees of it."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

pytestmark = pytest.mark.proves("P-2")

URL = "https://tickets.example.com/api/v1/webhooks/square/12"
CAME = f"square sends webhooks of connection 12 to {URL}. A test event has come in."
SENT = f"square sends webhooks of connection 12 to {URL}. It sends no test events: the next payment shows it."
LOST = "The processor has sent a test event, and nothing came in that it had signed."


@pytest.mark.parametrize(
    ("verb", "verified", "problem", "said", "code"),
    [("register", True, None, CAME, 0), ("register", None, None, SENT, 0), ("verify", False, LOST, LOST, 1)],
)
def test_it_says_whether_webhooks_come(
    monkeypatch: pytest.MonkeyPatch, verb: str, verified: bool | None, problem: str | None, said: str, code: int
) -> None:
    asked: list[Any] = []

    def call(_known: object, method: str, path: str, **options: Any) -> dict[str, Any]:
        asked.append((method, path, options["body"]))
        return {"connection": 12, "processor": "square", "webhook_url": URL, "verified": verified, "problem": problem}

    monkeypatch.setattr("cli.admin.call", call)
    done = CliRunner().invoke(app, ["connections", "webhook", verb, "12"])
    assert (" ".join(done.stdout.split()), done.exit_code) == (said, code)
    assert asked == [
        ("POST", "/api/v1/external-payments/connections/12/webhook", {"repair": verb == "register"})
    ]  # fmt: skip
