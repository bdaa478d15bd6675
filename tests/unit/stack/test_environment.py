"""What each process is given, and what stays secret."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.errors import Misconfigured
from chassis.keys import PublicKeys, SigningKey
from stack import environment
from stack.errors import StackError
from stack.layout import SERVICES, Layout, Ports


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    made = Layout(state=tmp_path / "state", ports=Ports(8400))
    made.prepare()
    environment.prepare(made, {})
    yield made
    shutil.rmtree(made.run)


def test_secrets_are_made_once_and_for_the_owner_only(layout: Layout) -> None:
    first = layout.env_file.read_text()
    environment.made(layout)
    assert layout.env_file.read_text() == first
    assert stat.S_IMODE(layout.env_file.stat().st_mode) == 0o600


def test_addresses_follow_the_ports(layout: Layout) -> None:
    moved = environment.made(Layout(state=layout.state, ports=Ports(8600)))
    assert moved["PUBLIC_URL"] == "http://127.0.0.1:8600"
    assert moved["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9692"
    assert ":6132/" in moved["DATABASE_URL_CHECKOUT"]


def test_each_signing_key_fits_its_public_key(layout: Layout) -> None:
    values = environment.values(layout)
    for name in ("AUTH", "TICKET"):
        signing = SigningKey.parse(values[f"{name}_SIGNING_KEY"])
        public = PublicKeys.parse(values[f"{name}_PUBLIC_KEYS"])
        assert signing.public_keys().export() == public.export()


def test_nobody_gets_a_secret_that_is_not_its_own(layout: Layout) -> None:
    given = {name: environment.of_process(layout, name) for name in (*SERVICES, "sandbox")}
    holders = {
        "AUTH_SIGNING_KEY": {"monitor"},
        "TICKET_SIGNING_KEY": {"checkout"},
        "ENCRYPTION_KEY": {"checkout"},
        "STRIPE_SECRET_KEY": {"checkout", "sandbox"},
        "TWILIO_AUTH_TOKEN": {"notifier", "sandbox"},
        "SENDGRID_API_KEY": {"notifier", "sandbox"},
        "SLACK_SIGNING_SECRET": {"notifier", "sandbox"},
        "PAGERDUTY_ROUTING_KEY": {"notifier", "sandbox"},
        "SANDBOX_SENDGRID_SIGNING_KEY": {"sandbox"},
        "POSTGRES_PASSWORD": set(),
        "ADMIN_PASSWORD": set(),
    }
    assert {secret: {name for name in given if secret in given[name]} for secret in holders} == holders


def test_each_service_sees_its_own_database_only(layout: Layout) -> None:
    for service in SERVICES:
        given = environment.of_process(layout, service)
        assert f"postgresql://{service}:" in given["DATABASE_URL"]
        assert not any(name.startswith(("DATABASE_URL_", "DATABASE_PASSWORD_")) for name in given)


def test_what_the_caller_sets_counts_more(layout: Layout) -> None:
    caller = {"STRIPE_SECRET_KEY": "sk_test_mine", "DATABASE_URL": "postgresql://elsewhere/other", "UNKNOWN": "x"}
    environment.prepare(layout, caller)
    assert environment.of_process(layout, "checkout")["STRIPE_SECRET_KEY"] == "sk_test_mine"
    assert "elsewhere" not in environment.of_process(layout, "checkout")["DATABASE_URL"]
    assert json.loads((layout.run / environment.CALLERS).read_text()) == {"STRIPE_SECRET_KEY": "sk_test_mine"}


def test_outside_of_sandbox_mode_there_is_no_sandbox(layout: Layout) -> None:
    environment.prepare(layout, {"FULLHOUSE_MODE": "test"})
    assert "SANDBOX_URL" not in environment.of_process(layout, "checkout")


def test_a_file_that_the_caller_names_counts_more_than_the_value_that_was_made(layout: Layout) -> None:
    """Both reach a process as variables, and a value counts before a file."""
    files = {"STRIPE_SECRET_KEY_FILE": "/run/secrets/stripe", "DATABASE_URL_CHECKOUT_FILE": "/run/secrets/database"}
    environment.prepare(layout, files)
    given = environment.of_process(layout, "checkout")
    assert given["STRIPE_SECRET_KEY_FILE"] == "/run/secrets/stripe"
    assert given["DATABASE_URL_FILE"] == "/run/secrets/database"
    assert not {"STRIPE_SECRET_KEY", "DATABASE_URL"} & set(given)


@pytest.mark.proves("O-9", "O-13")
def test_a_secret_may_be_in_a_file_that_our_own_file_names(layout: Layout, tmp_path: Path) -> None:
    named = ("AUTH_SIGNING_KEY", "DATABASE_PASSWORD_CHECKOUT", "POSTGRES_PASSWORD")
    kept = {name: value for name, value in environment.made(layout).items() if name not in named}
    (tmp_path / "password").write_text("of-the-file\n")
    files = {f"{name}_FILE": str(tmp_path / "password") for name in named}
    environment.write(layout.env_file, {**kept, **files})
    made = environment.made(layout)
    assert not set(named) & set(made)
    assert "checkout:of-the-file@" in made["DATABASE_URL_CHECKOUT"]
    assert environment.postgres_password(layout) == "of-the-file"


@pytest.mark.proves("O-13")
def test_a_name_in_the_file_that_nothing_reads_is_refused_with_the_nearest(layout: Layout) -> None:
    with layout.env_file.open("a") as file:
        file.write("STRIPE_SECRT_KEY=sk_test_mine\nSLACK_BOT_TOKEN_FILE=/run/secrets/slack\n")
    with pytest.raises(StackError, match=r"STRIPE_SECRT_KEY.*do you mean STRIPE_SECRET_KEY\?") as refused:
        environment.prepare(layout, {})
    assert "SLACK" not in str(refused.value)


@pytest.mark.proves("O-13")
def test_the_environment_of_the_caller_may_hold_names_of_others(layout: Layout) -> None:
    environment.prepare(layout, {"STRIPE_SECRT_KEY": "sk_test_mine", "EDITOR": "vi", "POSTGRES_PASSWORD": "another"})
    assert json.loads((layout.run / environment.CALLERS).read_text()) == {}


@pytest.mark.proves("O-13")
def test_what_the_gateway_cannot_be_told_is_a_sentence(layout: Layout) -> None:
    with pytest.raises(Misconfigured, match="TRUSTED_PROXIES is wrong"):
        environment.prepare(layout, {"TRUSTED_PROXIES": "everybody"})
