"""The secrets of deploy/compose: files of mode 600, each in the containers that need it, and nowhere else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from cli.environment import parse
from cli.settings import host_settings_of
from stack import compose, kubernetes, secret_files
from stack.layout import ROOT, SANDBOX, SERVICES
from stack.variables import EMBEDDED, all_variables, allowed, key_of
from tests.unit.deploy.compose import (
    FOLDER,
    MOUNTED,
    WHOLE,
    asks_for,
    document,
    files_of,
    given,
    services,
    variables_of,
)

pytestmark = pytest.mark.proves("O-13", "O-9")


@pytest.mark.parametrize("process", [*SERVICES, SANDBOX])
def test_a_process_has_the_files_of_its_own_secrets_only(process: str) -> None:
    wanted = {key_of(name, process) for name in allowed(process) if not name.startswith("DATABASE_URL_")}
    assert files_of(process) == wanted & secret_files.names()


def test_commands_of_people_know_what_any_process_knows_and_may_replace_its_secrets() -> None:
    assert variables_of("tools") - {"PORT", "DATABASE_URL_FILE"} == kubernetes.names(kubernetes.TOOLS)
    known = given("tools", secret_files.installation({}))
    for service in SERVICES:
        host_settings_of(service, known)
    assert [name for name, each in services().items() if WHOLE in each.get("volumes", ())] == ["tools"]


def test_the_database_server_has_what_it_is_made_with() -> None:
    wanted = {each.name for each in all_variables() if each.secret and each.readers == (EMBEDDED,)}
    assert files_of("postgres") == wanted - {kubernetes.ADMIN_PASSWORD}


def test_no_secret_is_in_an_environment() -> None:
    """What the engine shows of a container to whoever may ask it."""
    for name in services():
        assert not asks_for(name) & {*secret_files.names(), "DATABASE_URL"}, name


def test_each_file_in_a_container_is_named_to_its_process() -> None:
    for name, service in services().items():
        named = {str(value) for value in service.get("environment", {}).values() if str(value).startswith(MOUNTED)}
        assert named == {f"{MOUNTED}{key}" for key in files_of(name)} or WHOLE in service["volumes"], name


def test_compose_knows_each_file_and_kubernetes_the_same_ones_but_of_what_it_doesnt_run() -> None:
    declared = document()["secrets"]
    assert declared == {name: {"file": f"secrets/{name}"} for name in secret_files.names()}
    own = {name for name in declared if name.startswith(("POSTGRES_", "DATABASE_PASSWORD_", "SANDBOX_"))}
    assert set(declared) - own == kubernetes.secret_keys()


def test_the_accounts_that_files_belong_to_are_those_of_the_containers() -> None:
    assert services()["postgres"]["user"] == f"{secret_files.POSTGRES}:{secret_files.POSTGRES}"
    assert f"USER {secret_files.OURS}:{secret_files.OURS}\n" in (FOLDER / "Dockerfile").read_text()


def test_each_file_is_readable_by_the_account_that_needs_it_only(tmp_path: Path) -> None:
    """By the command of the container. Where it isn't root's, nothing is given away."""
    command = [sys.executable, "-m", "stack.compose", "env"]
    path = os.pathsep.join(str(ROOT / part) for part in ("deploy/local", "libs", "services", "tools"))
    said = subprocess.check_output(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, text=True)
    values = secret_files.names()
    for name in values:
        facts = (tmp_path / "secrets" / name).stat()
        account = secret_files.POSTGRES if name in files_of("postgres") else secret_files.OURS
        assert stat.S_IMODE(facts.st_mode) == 0o600
        assert facts.st_uid == (account if os.geteuid() == 0 else os.geteuid())
    env = tmp_path / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert "known" in compose.check(env.read_text()), "and none of them is a secret"
    contents = {name: (tmp_path / "secrets" / name).read_text().strip() for name in values}
    assert not any(content in said for content in contents.values() if content)
    assert secret_files.show(tmp_path, "ADMIN_PASSWORD").strip() == contents["ADMIN_PASSWORD"] != ""


def test_done_again_it_keeps_what_is_there_and_moves_what_stands_in_the_environment_file(tmp_path: Path) -> None:
    secret_files.write(tmp_path)
    before = _contents(tmp_path)
    env = tmp_path / ".env"
    env.write_text(env.read_text() + "# of Slack\nSLACK_BOT_TOKEN='xoxb-1'\nCOMPOSE_FILE=compose.yaml:brokers.yaml\n")
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN is read from a file of its own"):
        compose.check(env.read_text())
    (tmp_path / "secrets" / "METRICS_TOKEN").unlink()
    (tmp_path / "secrets" / "SLACK_SIGNING_SECRET").unlink()
    secret_files.write(tmp_path)
    after = _contents(tmp_path)
    assert after.pop("METRICS_TOKEN") not in ("", before.pop("METRICS_TOKEN"))
    assert after == {**before, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": ""}, "a vendor's is not made up"
    assert env.read_text().endswith("# of Slack\nCOMPOSE_FILE=compose.yaml:brokers.yaml\n")


def test_an_installation_that_had_them_in_its_environment_file_goes_on_with_them(tmp_path: Path) -> None:
    known = secret_files.installation({})
    derived = {name for name in known if name.startswith(("DATABASE_URL_", "BACKUP_SCRATCH_"))}
    old = {name: value for name, value in known.items() if name not in derived and value}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in old.items()))
    secret_files.write(tmp_path)
    assert {**parse((tmp_path / ".env").read_text()), **_contents(tmp_path)} == known
    assert known["DATABASE_PASSWORD_CHECKOUT"] in known["DATABASE_URL_CHECKOUT"]


def test_databases_elsewhere_are_taken_as_they_are() -> None:
    elsewhere = {"DATABASE_URL_CHECKOUT": "postgresql://u:p@db.example.com/checkout"}
    assert secret_files.installation(elsewhere)["DATABASE_URL_CHECKOUT"] == elsewhere["DATABASE_URL_CHECKOUT"]


def test_what_is_no_secret_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="none of the secrets"):
        secret_files.show(tmp_path, "../.env")


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text().strip() for path in (folder / "secrets").iterdir()}
