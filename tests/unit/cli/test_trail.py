"""What the demonstration claims to have seen."""

from __future__ import annotations

import pytest

from cli.demo.trail import PARTS, Trail


def seen(*parts: str) -> Trail:
    trail = Trail(trace_id="t" * 32)
    for at, part in enumerate(parts, start=1):
        trail.see(part, {"id": part}, at=at)
    return trail


def test_it_is_complete_only_with_every_part_and_the_trace() -> None:
    assert seen(*PARTS).complete
    untraced = seen(*PARTS)
    untraced.trace_id = None
    assert untraced.missing == ["trace"]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_was_not_seen_is_null_and_missed(part: str) -> None:
    trail = seen(*(each for each in PARTS if each != part))
    assert not trail.complete
    assert trail.missing == [part]
    assert trail.document()[part] is None


def test_the_first_sight_counts_and_the_last_part_ends_the_time() -> None:
    trail = Trail()
    trail.see("order", {"id": "first"}, at=0.2)
    trail.see("order", {"id": "again"}, at=5.0)
    trail.see("sms", {"id": "m"}, at=0.3)
    assert trail.document()["order"] == {"id": "first", "seconds": 0.2}
    assert trail.seconds == 0.3
