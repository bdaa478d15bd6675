"""The command line as scripts see it: exit codes, streams, colours, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup

from chassis.keys import SigningKey
from chassis.tokens import Role, TokenVerifier
from chassis.tokens.ended import LONGEST_LIFETIME
from cli.choices import ROLES
from cli.main import COMMANDS
from tests.fixtures.command_line import without_installation

KEY = SigningKey.generate("auth1")


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    if isinstance(command, TyperCommand):
        yield path, command


LEAVES = dict(commands(COMMANDS))


@pytest.mark.proves("O-1")
@pytest.mark.parametrize("path", sorted(LEAVES), ids=" ".join)
def test_every_command_has_help_for_itself_and_each_option(path: tuple[str, ...]) -> None:
    command = LEAVES[path]
    assert command.help
    assert all(getattr(parameter, "help", None) for parameter in command.params if parameter.name != "help")


@pytest.mark.proves("O-1")
@pytest.mark.parametrize("path", sorted(set(LEAVES) - {("run",)}), ids=" ".join)
def test_every_command_that_answers_has_json(path: tuple[str, ...]) -> None:
    assert any("--json" in parameter.opts for parameter in LEAVES[path].params)


@pytest.mark.proves("X-2")
def test_a_token_is_an_admins_by_default_and_checks_with_the_public_key() -> None:
    done = without_installation("token", "--json", AUTH_SIGNING_KEY=KEY.export(), AUTHORIZED_DOMAIN="example.com")
    answer = json.loads(done.stdout)
    principal = TokenVerifier(KEY.public_keys()).verify(answer["token"])
    assert (principal.role, principal.email) == (Role.ADMIN, "admin@example.com")
    assert answer["expiresAt"].endswith("Z")
    assert datetime.fromisoformat(answer["expiresAt"]) > datetime.now(UTC)
    assert done.returncode == 0


@pytest.mark.proves("X-2")
def test_a_token_names_role_email_and_provider() -> None:
    arguments = ("--role", "provider", "--provider", "p1", "--email", "pat@example.com")
    done = without_installation("token", *arguments, AUTH_SIGNING_KEY=KEY.export())
    principal = TokenVerifier(KEY.public_keys()).verify(done.stdout.strip())
    assert (principal.role, principal.provider, principal.email) == (Role.PROVIDER, "p1", "pat@example.com")


@pytest.mark.proves("X-2")
def test_no_token_outlives_what_services_remember_of_ended_access() -> None:
    longer = LONGEST_LIFETIME // timedelta(minutes=1) + 1
    done = without_installation("token", "--minutes", str(longer), AUTH_SIGNING_KEY=KEY.export())
    assert (done.returncode, done.stdout) == (2, "")
    assert "--minutes" in done.stderr


def test_the_roles_of_the_help_are_those_of_the_tokens() -> None:
    assert ROLES.split("|") == list(Role)


@pytest.mark.proves("O-1")
@pytest.mark.parametrize(
    "arguments",
    [("token",), ("token", "--role", "king"), ("migrate", "monitor"), ("topics", "create"), ("nothing",), ("run", "x")],
    ids=" ".join,
)
def test_wrong_usage_and_configuration_end_with_two_and_a_sentence(arguments: tuple[str, ...]) -> None:
    done = without_installation(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.proves("O-1")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("stream", "tail", "--topicc", "x"), "No such option: --topicc"),
        (("stream", "tail", "--count", "many"), "'--count'"),
        (("stream", "tail", "--count"), "Option '--count' requires an argument. See fullhouse"),
        (("streem",), "No such command 'streem'. Did you mean 'stream'? See fullhouse --help."),
        (("topics", "create", "all", "now"), "Got unexpected extra argument"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(arguments: tuple[str, ...], sentence: str) -> None:
    done = without_installation(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert sentence in done.stderr


@pytest.mark.proves("O-1")
def test_nothing_asked_for_shows_what_there_is() -> None:
    done = without_installation()
    assert "Usage: fullhouse" in done.stdout + done.stderr
    assert done.returncode == 2
    assert without_installation("--help").returncode == 0


@pytest.mark.proves("O-1")
def test_a_failure_ends_with_one_and_a_sentence() -> None:
    environ = {"FULLHOUSE_MODE": "sandbox", "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}
    done = without_installation("topics", "create", **environ)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Kafka does not answer" in done.stderr


@pytest.mark.proves("O-1")
def test_colours_stay_out_of_pipes() -> None:
    assert "\x1b" not in without_installation("--help").stdout


def test_no_start_of_the_command_line_imports_what_is_slow(tmp_path: Path) -> None:
    program = (
        "import cli.main, sys; print(*(name for name in ('fastapi', 'aiokafka', 'pydantic') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == ""
