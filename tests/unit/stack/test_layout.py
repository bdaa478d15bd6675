"""Ports, folders and what is refused before anything starts."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path
from uuid import UUID

import pytest

from stack import __main__ as stack_commands
from stack import cluster, ground, parts, supervision
from stack.cluster import new_cluster_id
from stack.control import Installation
from stack.environment import addresses
from stack.errors import PortTakenError, StackError
from stack.kafka import Broker, drawn_password
from stack.layout import SERVICES, SOCKET_FOLDER_LIMIT, Layout, Ports
from stack.processes import free_ports

PASSWORD = drawn_password()


def test_the_usual_ports() -> None:
    named = Ports().named()
    assert {name: named[name] for name in ("gateway", "sandbox", "kafka", "postgres", "monitor")} == {
        "gateway": 8000,
        "sandbox": 8090,
        "kafka": 9092,
        "postgres": 5532,
        "monitor": 8004,
    }


@pytest.mark.parametrize("distance", [100, 200, 1000, 2000])
def test_two_installations_side_by_side_share_no_port(distance: int) -> None:
    first, second = (set(Ports(base).named().values()) for base in (8000, 8000 + distance))
    assert len(first) == len(Ports().named())
    assert not first & second


@pytest.mark.parametrize("port", ["80", "eight", "70000", "-1"])
def test_a_port_that_cannot_be_is_one_sentence(port: str) -> None:
    with pytest.raises(StackError, match="PORT must be a number"):
        Layout.from_environment({"PORT": port})


def test_sockets_of_a_long_path_lie_elsewhere(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path / ("long" * 30), ports=Ports())
    assert len(os.fsencode(layout.run)) <= SOCKET_FOLDER_LIMIT
    assert layout.run != Layout(state=tmp_path / ("wrong" * 30), ports=Ports()).run


def test_a_port_in_use_is_named_with_a_way_out(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path, ports=free_ports())
    with socket.create_server(("127.0.0.1", layout.ports.sandbox)), pytest.raises(PortTakenError) as raised:
        ground.check(layout, {})
    text = str(raised.value)
    assert f"Port {layout.ports.sandbox} (sandbox)" in text
    assert f"PORT={layout.ports.base + 200}" in text


def test_parts_that_are_elsewhere_are_not_started(tmp_path: Path) -> None:
    elsewhere = {f"DATABASE_URL_{name.upper()}": "postgresql://db/x" for name in SERVICES}
    caller = {"KAFKA_BOOTSTRAP_SERVERS": "broker:9092", **elsewhere}
    installation = Installation(Layout(state=tmp_path, ports=Ports()), caller)
    assert {"kafka", "postgres"}.isdisjoint(installation.programs())
    one = Installation(Layout(state=tmp_path, ports=Ports()), {"DATABASE_URL_CHECKOUT": "postgresql://db/x"})
    assert "postgres" in one.programs()
    assert parts.own_databases(one.environ) == ["inventory", "notifier", "monitor"]


@pytest.mark.parametrize(
    ("file", "caller"), [("live", ""), ("", "test"), ("sandbox", "live"), ("test", "sandbox"), ("", "")]
)
def test_only_where_nothing_is_real_there_is_a_sandbox_and_a_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, caller: str
) -> None:
    (tmp_path / "env").write_text(f"FULLHOUSE_MODE={file}\n")
    installation = Installation(Layout(state=tmp_path, ports=Ports()), {"FULLHOUSE_MODE": caller})
    sold: list[str] = []

    def demo(*_: object) -> int:
        sold.append("a ticket")
        return 0

    monkeypatch.setattr(Installation, "up", lambda _: None)
    monkeypatch.setattr(stack_commands, "demo", demo)
    assert stack_commands.up(installation, argparse.Namespace(no_demo=False)) == 0
    played = (caller or file or "sandbox") == "sandbox"
    assert ("sandbox" in installation.programs(), sold) == (played, ["a ticket"] if played else [])


def test_a_state_folder_that_holds_the_checkout_is_never_removed() -> None:
    for state in ("/", ".", ".."):
        with pytest.raises(StackError, match="nothing was removed"):
            Installation(Layout.from_environment({"STATE": state}), {}).clean()


def test_what_the_supervisor_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="clone into another folder"):
        supervision.configuration(Layout(state=tmp_path / "a;b", ports=Ports()), ["kafka"])


def test_no_cluster_id_looks_like_an_option() -> None:
    """One in 64 drawn at random would, and Kafka would not start."""
    drawn = iter([UUID(bytes=b"\xf8" + bytes(15)), UUID(bytes=bytes(16))])
    assert new_cluster_id(lambda: next(drawn)) == "A" * 22


def three(state: Path) -> Layout:
    layout = Layout(state=state, ports=Ports(9000))
    layout.prepare()
    cluster.settle(layout, "3")
    return layout


@pytest.mark.proves("E-9")
def test_a_cluster_has_three_of_everything_and_may_miss_one(tmp_path: Path) -> None:
    layout = three(tmp_path)
    brokers = [Broker.of(layout, PASSWORD, number) for number in (1, 2, 3)]
    settings = [dict(line.split("=", 1) for line in each.settings().splitlines() if "=" in line) for each in brokers]
    assert [each["node.id"] for each in settings] == ["1", "2", "3"]
    assert len({each["listeners"] for each in settings}) == len({each["log.dirs"] for each in settings}) == 3
    assert (
        len({each["controller.quorum.voters"] for each in settings}) == len({each.cluster_id for each in brokers}) == 1
    )
    factors = {value for name, value in settings[0].items() if name.endswith("replication.factor")}
    quorums = {value for name, value in settings[0].items() if name.endswith(("min.isr", "min.insync.replicas"))}
    assert (factors, quorums) == ({"3"}, {"2"})
    assert addresses(layout)["KAFKA_BOOTSTRAP_SERVERS"] == ",".join(each.bootstrap for each in brokers)
    programs = Installation(layout, {}).programs()
    assert programs[:4] == ["kafka", "kafka-2", "kafka-3", "postgres"]
    assert set(programs) <= set(layout.ports.named())


def test_the_number_of_brokers_is_settled_once(tmp_path: Path) -> None:
    layout = three(tmp_path)
    cluster.settle(layout, "")
    assert layout.brokers == 3
    with pytest.raises(StackError, match="has 3 Kafka brokers, not 1"):
        cluster.settle(layout, "1")
    with pytest.raises(StackError, match="BROKERS must be 1 or 3"):
        cluster.settle(layout, "2")
    lone = Layout(state=tmp_path / "lone", ports=Ports())
    lone.prepare()
    (lone.kafka / "data").mkdir()
    with pytest.raises(StackError, match="has 1 Kafka broker, not 3"):
        cluster.settle(lone, "3")


def test_an_installations_own_properties_of_kafka_count_most(tmp_path: Path) -> None:
    broker = Broker(folder=tmp_path, ports=Ports(9000), password=PASSWORD)
    made = broker.settings()
    broker.own.write_text("log.dirs=elsewhere\n")
    assert broker.settings() == f"{made}log.dirs=elsewhere\n"
