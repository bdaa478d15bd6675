"""When the sandbox starts, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.errors import Misconfigured
from chassis.settings import SANDBOX_STAND_INS, is_loopback
from sandbox.app import create
from sandbox.settings import SandboxSettings

pytestmark = pytest.mark.proves("S-1")

BASE = {"FULLHOUSE_MODE": "sandbox", "SANDBOX_URL": "http://127.0.0.1:8090/", "PUBLIC_URL": "http://127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("mode", "sentence"), [("live", "FULLHOUSE_MODE=sandbox"), ("test", "FULLHOUSE_MODE=sandbox"), ("", "is not set")]
)
def test_it_starts_in_sandbox_mode_only(mode: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=f"FULLHOUSE_MODE.*{sentence}"):
        create(BASE | {"FULLHOUSE_MODE": mode})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_URL", "127.0.0.1:8090"),
        ("PUBLIC_URL", ""),
        ("STRIPE_SECRET_KEY", "sk_live_123"),
        ("SANDBOX_STRIPE_EVENTS", "thick"),
        ("SANDBOX_SENDGRID_SIGNING_KEY", "AAAA"),
        ("BUSINESS_TIMEZONE", "Mars/Olympus"),
    ],
)
def test_a_wrong_value_stops_the_start_with_a_sentence(name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=f"{name}.*\\."):
        create(BASE | {name: value})


def test_what_is_not_set_is_what_the_services_use_in_sandbox_mode() -> None:
    settings = SandboxSettings.from_environ(BASE)
    assert settings.stripe_keys == (SANDBOX_STAND_INS["STRIPE_SECRET_KEY"],)
    assert settings.twilio_auth_token == SANDBOX_STAND_INS["TWILIO_AUTH_TOKEN"]
    assert settings.sandbox_url == "http://127.0.0.1:8090"


def test_a_sandbox_that_others_reach_takes_no_known_keys() -> None:
    settings = SandboxSettings.from_environ(BASE | {"SANDBOX_PASSWORD": "let me in"})
    assert (settings.stripe_keys, settings.twilio_auth_token, settings.sendgrid_api_key) == ((), "", "")


def test_a_file_may_hold_a_secret(tmp_path: Path) -> None:
    kept = tmp_path / "key"
    kept.write_text("sk_test_kept\n")
    assert SandboxSettings.from_environ(BASE | {"STRIPE_SECRET_KEY_FILE": str(kept)}).stripe_keys == ("sk_test_kept",)


def test_no_secret_is_shown() -> None:
    shown = repr(
        SandboxSettings.from_environ(BASE | {"STRIPE_SECRET_KEY": "sk_test_hidden", "SANDBOX_PASSWORD": "hush"})
    )
    assert "sk_test_hidden" not in shown
    assert "hush" not in shown


def test_callbacks_keep_their_path_below_another_base() -> None:
    more = {"SANDBOX_CALLBACK_URL": "http://127.0.0.1:8003", "SANDBOX_CALLBACK_URL_STRIPE": "http://127.0.0.1:8001/"}
    settings = SandboxSettings.from_environ(BASE | more)
    path = "http://127.0.0.1:8000/api/webhooks/x"
    assert settings.callback_url("stripe", path) == "http://127.0.0.1:8001/api/webhooks/x"
    assert settings.callback_url("twilio", path) == "http://127.0.0.1:8003/api/webhooks/x"
    assert settings.callback_url("twilio", "http://elsewhere.example/x") == "http://elsewhere.example/x"


@pytest.mark.parametrize(
    ("address", "own"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("evil", False)]
)
def test_loopback(address: str, own: bool) -> None:
    assert is_loopback(address) is own
