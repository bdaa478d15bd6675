"""Where a command takes its variables from."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.errors import Misconfigured
from cli import environment
from cli.errors import UsageError


def test_the_state_file_is_read_under_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").write_text(
        "# made\nPUBLIC_URL=http://127.0.0.1:9000\nSLACK_WEBHOOK_URL=\nKAFKA_TOPIC_PREFIX='made.'\n"
    )
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("KAFKA_TOPIC_PREFIX", "mine.")
    known = environment.environ()
    assert known["PUBLIC_URL"] == "http://127.0.0.1:9000"
    assert known["KAFKA_TOPIC_PREFIX"] == "mine."
    assert "SLACK_WEBHOOK_URL" not in known


def test_a_file_named_in_the_environment_counts_before_the_installations_own_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").write_text("AUTH_SIGNING_KEY=made\n")
    (tmp_path / "mine").write_text("mine\n")
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("AUTH_SIGNING_KEY_FILE", str(tmp_path / "mine"))
    assert environment.need(environment.environ(), "AUTH_SIGNING_KEY", use="x") == "mine"


def test_without_an_installation_only_the_environment_counts(tmp_path: Path) -> None:
    assert environment.state_file({"STATE": str(tmp_path / "nothing")}) == {}


def test_values_keep_their_equal_signs_and_lose_their_quotes() -> None:
    text = 'AUTH_SIGNING_KEY=auth1:q83v==\nexport SENDGRID_FROM_NAME="6FB Workshops"\nnonsense\n'
    expected = {"AUTH_SIGNING_KEY": "auth1:q83v==", "SENDGRID_FROM_NAME": "6FB Workshops"}
    assert environment.parse(text) == expected


def test_a_missing_variable_is_a_sentence_that_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"AUTH_SIGNING_KEY is not set.*make up"):
        environment.need({}, "AUTH_SIGNING_KEY", use="signing tokens")


def test_a_variable_may_be_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("auth1:abc\n")
    assert environment.need({"AUTH_SIGNING_KEY_FILE": str(secret)}, "AUTH_SIGNING_KEY", use="x") == "auth1:abc"
    with pytest.raises(Misconfigured, match="can't be read"):
        environment.need({"AUTH_SIGNING_KEY_FILE": str(tmp_path / "none")}, "AUTH_SIGNING_KEY", use="x")


@pytest.mark.proves("X-1")
def test_ports_follow_the_gateways() -> None:
    assert environment.base_port({}) == 8000
    assert environment.base_port({"PUBLIC_URL": "http://127.0.0.1:9100"}) == 9100
    assert environment.base_port({"PORT": "9000", "PUBLIC_URL": "http://127.0.0.1:9100"}) == 9000
    ports = [environment.port_of(part, 8000) for part in ("checkout", "inventory", "notifier", "monitor", "sandbox")]
    assert ports == [8001, 8002, 8003, 8004, 8090]
    with pytest.raises(UsageError):
        environment.base_port({"PORT": "http"})


@pytest.mark.parametrize(
    ("file", "variable", "command"),
    [
        ("Makefile", "PORT", "make status"),
        ("README.md", "PORT", "docker compose ps"),
        ("README.md", "KUBERNETES_SERVICE_HOST", "kubectl get pods"),
    ],
)
def test_the_command_that_shows_the_parts_is_one_that_exists_there(
    tmp_path: Path, file: str, variable: str, command: str
) -> None:
    (tmp_path / file).touch()
    assert environment.status_command(tmp_path, {variable: "10.96.0.1"}) == command
