"""deploy/kafka/topics.yaml against the contract, and what is refused in one of your own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from config import ConfigError
from config.topics import load_topics, topics_text
from events import TOPIC_PLANS
from stack.layout import ROOT

SHIPPED = ROOT / "deploy" / "kafka" / "topics.yaml"


@pytest.mark.proves("E-9")
def test_the_shipped_file_is_the_contract() -> None:
    assert SHIPPED.read_text() == topics_text(), "python -m stack example writes it anew"
    assert load_topics(SHIPPED) == TOPIC_PLANS


@pytest.mark.proves("E-9")
def test_the_sizes_are_those_of_the_specification() -> None:
    plans = {plan.name: plan for plan in load_topics(SHIPPED)}
    assert {(plan.partitions, plan.replication, plan.min_insync_replicas) for plan in plans.values()} == {(12, 3, 2)}
    assert {name for name, plan in plans.items() if plan.compacted} == {"catalogue"}
    others = {name: plan.retention for name, plan in plans.items() if plan.retention != timedelta(days=14)}
    assert others == {"heartbeats": timedelta(days=1)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("  orders:\n", "  ordres:\n"), "topics misses orders"),
        (("partitions: 12", "partitions: 0"), "whole number of 1 or more"),
        (("retention: 14d", "retention: 14"), "duration with its unit"),
        (("minInsyncReplicas: 2", "minInsyncReplicas: 4"), "nothing could ever be written"),
        (("compacted: true", "compacted: false"), "either a retention"),
        (("replication: 3", "replicas: 3"), "replicas"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    own = tmp_path / "topics.yaml"
    own.write_text(topics_text().replace(*change, 1))
    with pytest.raises(ConfigError, match=sentence) as raised:
        load_topics(own)
    assert str(raised.value).startswith("topics.yaml:")
