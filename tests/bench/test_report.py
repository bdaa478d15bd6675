"""The form of the report; nothing here looks at a clock."""

from __future__ import annotations

import json

from rich.console import Console

from tests.bench.__main__ import MEASURES, wanted
from tests.bench.report import Figure, Limit, document, table

FIGURES = (
    Figure(id="L-2.holds_per_second", ours=40_000, baseline=1_000, unit="holds/s", side=Limit.AT_LEAST, limit=20),
    Figure(id="L-8.start_seconds", ours=16.04, unit="s", limit=15),
    Figure(id="L-11.cpu_ms_checkout", ours=3.14159, unit="ms"),
)


def test_the_document_has_for_each_id_ours_baseline_ratio_unit_and_holds() -> None:
    assert json.loads(json.dumps(document(FIGURES))) == {
        "L-2.holds_per_second": {"ours": 40000, "baseline": 1000, "ratio": 40, "unit": "holds/s", "holds": True},
        "L-8.start_seconds": {"ours": 16.04, "baseline": None, "ratio": None, "unit": "s", "holds": False},
        "L-11.cpu_ms_checkout": {"ours": 3.142, "baseline": None, "ratio": None, "unit": "ms", "holds": None},
    }


def test_a_limit_is_met_at_its_very_value_on_either_side() -> None:
    assert Figure(id="L-1.x", ours=5, unit="ms", limit=5).holds
    assert Figure(id="L-1.x", ours=5, unit="/s", side=Limit.AT_LEAST, limit=5).holds
    assert not Figure(id="L-1.x", ours=5.1, unit="ms", limit=5).holds
    assert not Figure(id="L-1.x", ours=4.9, unit="/s", side=Limit.AT_LEAST, limit=5).holds


def test_a_person_gets_a_table_with_a_line_a_figure() -> None:
    console = Console(width=120, record=True, quiet=True)
    console.print(table(FIGURES))
    text = Console(width=120, record=True)
    with text.capture() as captured:
        text.print(table(FIGURES))
    lines = captured.get()
    assert all(figure.id in lines for figure in FIGURES)
    assert "≥ 20 ×" in lines
    assert "≤ 15" in lines


def test_a_part_of_the_measures_can_be_asked_for_by_the_beginning_of_their_ids() -> None:
    assert [measure.name for measure in wanted("")] == [measure.name for measure in MEASURES]
    assert {measure.name for measure in wanted("L-2")} == {"holds"}
    assert {measure.name for measure in wanted("L-11.cpu_ms_per_purchase,L-5")} == {"thread", "outbox", "passing"}
    assert wanted("L-99") == []
