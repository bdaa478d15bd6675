"""deploy/compose with three brokers, of which one dies. Run by `make compose`: it needs a Docker Engine, and root."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.compose.buying import VARIABLES, purchases
from tests.compose.installation import Composed, composed

THREE = {"COMPOSE_FILE": "compose.yaml:brokers.yaml"}
BROKERS = ("kafka", "kafka-2", "kafka-3")
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with composed(tmp_path_factory.mktemp("compose"), variables=THREE | VARIABLES) as made:
        yield made


@pytest.mark.proves("E-9")
def test_every_record_is_held_three_times(installation: Composed) -> None:
    for broker in BROKERS:
        environment = installation.facts(broker)["Config"]["Env"]
        assert {"KAFKA_DEFAULT_REPLICATION_FACTOR=3", "KAFKA_MIN_INSYNC_REPLICAS=2"} <= set(environment)
    said = installation.compose(
        "run", "--rm", "-T", "--entrypoint", "fullhouse", "prepare", "topics", "check", "--json"
    )
    assert json.loads(said) == {"ok": True, "differences": []}


def test_purchases_go_on_while_a_broker_is_away(installation: Composed) -> None:
    with purchases() as buyer:
        installation.crash("kafka-2")
        assert "All of it after" in installation.sell()
        installation.wait_healthy("kafka-2", restarts=1)
    assert buyer.opened > 0
    assert buyer.failed == []
