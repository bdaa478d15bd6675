"""`fullhouse doctor` on real parts: it tells what is wrong, and what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eventbus import KafkaConnection
from tests.fixtures.shipped import SHIPPED
from tests.integration.cli.test_local import fullhouse
from tests.integration.cli.test_topics import connection, environ

__all__ = ["connection"]


def examined(**values: str) -> tuple[int, dict[str, Any]]:
    done = fullhouse("doctor", "--json", **values)
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_what_is_wrong_is_told_with_what_to_do(connection: KafkaConnection, tmp_path: Path) -> None:
    (tmp_path / "brand.yaml").write_text("name: 3\n")
    code, checks = examined(**environ(connection), CONFIG_DIR=str(tmp_path))
    assert code == 1
    files, topics = checks["configuration files"], checks["topics"]
    assert (files["ok"], topics["ok"]) == (False, False)
    assert "brand.yaml:1" in files["detail"]
    assert str(tmp_path) in files["remedy"]
    assert "fullhouse topics check" in topics["remedy"]


def test_a_part_that_is_away_is_a_finding_and_the_others_are_looked_at(tmp_path: Path) -> None:
    code, checks = examined(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9", CONFIG_DIR=str(SHIPPED))
    assert code == 1
    assert checks["configuration files"]["ok"]
    assert not checks["topics"]["ok"]
    assert "Kafka does not answer" in checks["topics"]["detail"]


def test_all_is_well(connection: KafkaConnection) -> None:
    assert fullhouse("topics", "create", **environ(connection)).returncode == 0
    code, checks = examined(**environ(connection), CONFIG_DIR=str(SHIPPED))
    assert (code, [check["ok"] for check in checks.values()]) == (0, [True, True])
