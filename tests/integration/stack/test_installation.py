"""What `make up` promises about an installation, on real parts of it."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest

from stack import databases, environment, postgres
from stack.control import Installation
from stack.errors import OtherPortError, StackError
from stack.layout import ROOT, SERVICES, Layout
from stack.processes import can_bind, free_ports
from tests.fixtures import testbed

Make = Callable[..., Installation]


@pytest.fixture
def install() -> Iterator[Make]:
    """`install("name", only=[…])` → an installation that is up; all are removed at the end."""
    made: list[Installation] = []

    def make(name: str, *, only: Sequence[str]) -> Installation:
        layout = Layout(state=testbed.folder() / secrets.token_hex(4) / name, ports=free_ports())
        installation = Installation(layout, {}, only=only)
        made.append(installation)
        installation.up(parent_death=signal.SIGTERM)
        return installation

    yield make
    for installation in made:
        installation.clean()


def database_url(installation: Installation, service: str) -> str:
    """The URL of a service's database, made sure of."""
    values = environment.values(installation.layout)
    admin = postgres.Server.of(installation.layout, password=values["POSTGRES_PASSWORD"]).url()
    databases.provide(admin, {name: values[f"DATABASE_PASSWORD_{name.upper()}"] for name in SERVICES})
    return values[f"DATABASE_URL_{service.upper()}"]


def test_two_side_by_side_know_nothing_of_each_other(install: Make) -> None:
    first, second = (install(name, only=["postgres", "gateway"]) for name in ("one", "two"))
    databases.sql(database_url(first, "checkout"), "CREATE TABLE mine (id int)")
    assert databases.sql(database_url(second, "checkout"), "SELECT to_regclass('mine')") == ""
    first.down()
    assert {program.state for program in second.supervisor.programs()} == {"RUNNING"}


def test_state_survives_down_and_up_and_nothing_else_is_left(install: Make) -> None:
    installation = install("kept", only=["kafka", "postgres"])
    url = database_url(installation, "checkout")
    databases.sql(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    cluster = (installation.layout.kafka / "data" / "meta.properties").read_text()
    installation.down()
    assert all(can_bind(port) for port in installation.layout.ports.named().values())
    installation.up(parent_death=signal.SIGTERM)
    assert databases.sql(url, "SELECT answer FROM kept") == "42"
    assert databases.sql(url, "SHOW fsync") == "on"
    assert (installation.layout.kafka / "data" / "meta.properties").read_text() == cluster


def test_an_umlaut_in_the_folder_and_a_terminal_without_any(install: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    installation = install("zu Hülf", only=["kafka"])
    assert installation.supervisor.program("kafka").state == "RUNNING"


def test_what_dies_is_started_again(install: Make) -> None:
    installation = install("mortal", only=["postgres"])
    before = installation.supervisor.program("postgres").pid
    installation.supervisor.kill("postgres")
    while installation.supervisor.program("postgres").pid in {0, before}:
        pass
    installation.wait_ready("postgres")


def test_a_part_is_restarted_with_what_its_file_says_now(install: Make) -> None:
    installation = install("again", only=["postgres", "gateway"])
    layout = installation.layout
    before = {program.name: program.pid for program in installation.supervisor.programs()}
    environment.write(layout.env_file, {**environment.read(layout.env_file), "TRUSTED_PROXIES": "192.0.2.0/24"})
    own = {"PORT": str(layout.ports.base), "STATE": str(layout.state), "BUSINESS_TIMEZONE": "America/Chicago"}
    environ = {**os.environ, **own}
    make = ["make", "restart", "SERVICE=gateway"]
    done = subprocess.run(make, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Restarted gateway" in done.stdout
    after = {program.name: program.pid for program in installation.supervisor.programs()}
    assert after["postgres"] == before["postgres"]
    assert after["gateway"] not in {0, before["gateway"]}
    assert environment.trusted_proxies(layout) == ["192.0.2.0/24"]
    assert environment.values(layout)["BUSINESS_TIMEZONE"] == "America/Chicago"


def test_a_part_that_does_not_run_here_is_not_restarted(install: Make) -> None:
    installation = install("alone", only=["gateway"])
    with pytest.raises(StackError, match=r"postgres is no part that runs here. They are gateway\."):
        installation.restart("postgres")


def test_nothing_outlives_a_killed_supervisor(install: Make) -> None:
    installation = install("orphans", only=["postgres", "gateway"])
    os.kill(int((installation.layout.run / "supervisor.pid").read_text()), signal.SIGKILL)
    ports = (installation.layout.ports.postgres, installation.layout.ports.gateway)
    while not all(can_bind(port) for port in ports):
        pass
    assert not installation.supervisor.running()
    installation.up(parent_death=signal.SIGTERM)


def test_a_long_path_still_has_working_sockets(install: Make) -> None:
    installation = install("deep/" + "/".join(["folder" * 5] * 4), only=["gateway"])
    assert installation.supervisor.running()
    assert not installation.layout.run.is_relative_to(installation.layout.state)


@pytest.mark.parametrize("path", ["/internal/holds", "/livez", "/readyz"])
def test_what_is_for_the_inside_is_not_there_for_the_outside(install: Make, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", install("door", only=["gateway"]).layout.ports.gateway)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    connection.close()


def test_what_runs_is_not_moved_to_other_ports(install: Make) -> None:
    installation = install("settled", only=["gateway"])
    layout = installation.layout
    before = layout.env_file.read_text()
    moved = Installation(Layout(state=layout.state, ports=free_ports()), {}, only=["gateway"])
    for ask in (moved.up, moved.running):
        with pytest.raises(OtherPortError, match=f"runs with PORT={layout.ports.base}, not {moved.layout.ports.base}"):
            ask()
    assert layout.env_file.read_text() == before
    assert installation.supervisor.program("gateway").state == "RUNNING"
    assert Layout.from_environment({"STATE": str(layout.state)}) == layout


def test_a_port_in_use_is_one_sentence_and_nothing_is_started() -> None:
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports.gateway)):
        environ = {**os.environ, "PORT": str(ports.base), "STATE": str(testbed.folder() / secrets.token_hex(4))}
        done = subprocess.run(
            [sys.executable, "-m", "stack", "up"], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"Port {ports.gateway} (gateway) is already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert all(can_bind(port) for port in ports.named().values())
