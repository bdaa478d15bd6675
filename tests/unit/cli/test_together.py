"""What each child of `fullhouse run all` is started with."""

from __future__ import annotations

import pytest

from cli.environment import SERVICES
from cli.together import own_environ

SECRETS = {
    "AUTH_SIGNING_KEY": {"monitor"},
    "TICKET_SIGNING_KEY": {"checkout"},
    "STRIPE_SECRET_KEY": {"checkout", "sandbox"},
    "TWILIO_AUTH_TOKEN": {"notifier", "sandbox"},
    "SENDGRID_API_KEY": {"notifier", "sandbox"},
    "POSTGRES_PASSWORD": set(),
    "ADMIN_PASSWORD": set(),
    **{f"DATABASE_URL_{service.upper()}": {service} for service in SERVICES},
}
VALUES = {
    **dict.fromkeys(SECRETS, "secret"),
    "PATH": "/usr/bin",
    "FULLHOUSE_MODE": "sandbox",
    "PUBLIC_URL": "http://127.0.0.1:9000",
}


@pytest.mark.parametrize("part", [*SERVICES, "sandbox"])
def test_no_process_gets_a_secret_that_is_not_its_own(part: str) -> None:
    given = own_environ(part, VALUES)
    assert {name for name in SECRETS if name in given} == {name for name, owners in SECRETS.items() if part in owners}
    assert given["PATH"] == "/usr/bin"


@pytest.mark.proves("X-1")
def test_every_process_has_its_port() -> None:
    ports = {part: own_environ(part, VALUES)["PORT"] for part in (*SERVICES, "sandbox")}
    assert ports == {
        "checkout": "9001", "inventory": "9002", "notifier": "9003", "monitor": "9004", "sandbox": "9090",
    }  # fmt: skip


def test_a_secret_may_be_in_a_file() -> None:
    values = {"PUBLIC_URL": "http://127.0.0.1:9000", "AUTH_SIGNING_KEY_FILE": "/run/secrets/key"}
    assert "AUTH_SIGNING_KEY_FILE" in own_environ("monitor", values)
    assert "AUTH_SIGNING_KEY_FILE" not in own_environ("checkout", values)
