"""The figures that rules may name: each is measured by its own function, and any other one is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config import Config, ConfigError, FigureForm, Unit, load
from monitor.alerts.measures.table import FORMS, MEASURES

pytestmark = pytest.mark.proves("M-5")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree("deploy/config", tmp_path / "config")) / "alert-rules.yaml"


def refusal(rules: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(rules.parent, figures=FORMS)
    [finding] = map(str, refused.value.findings)
    return finding


def test_each_figure_is_measured_by_a_function_of_its_own() -> None:
    readers = [measure.read for measure in MEASURES.values()]
    assert len(set(readers)) == len(readers)


def test_every_shipped_rule_is_about_a_figure_that_is_measured() -> None:
    shipped: Config = load("deploy/config", figures=FORMS)
    assert {rule.figure for rule in shipped.alert_rules.rules.values()} <= set(MEASURES)


def test_a_figure_that_nobody_measures_is_refused_though_it_has_a_window(rules: Path) -> None:
    umbrellas = """
  umbrellas_many:
    figure: umbrellas
    over: 1h
    above: 3
    severity: high
    category: payments
    summary: "{value} umbrellas"
"""
    rules.write_text(rules.read_text() + umbrellas)
    found = refusal(rules)
    assert "rules.umbrellas_many.figure" in found
    assert "is no figure that is measured; known are accounts_unreadable, broken_invariants" in found
    known = {**FORMS, "umbrellas": FigureForm(unit=Unit.COUNT, windowed=True)}
    assert load(rules.parent, figures=known).alert_rules.rules["umbrellas_many"].figure == "umbrellas"


def test_a_process_that_measures_nothing_takes_every_figure(rules: Path) -> None:
    rules.write_text(rules.read_text().replace("figure: dead_letters", "figure: letters"))
    assert load(rules.parent).alert_rules.rules["dead_letters"].figure == "letters"


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("below: 95%", "below: 0.95", "rules.payment_success_low", "write its limit as a share"),
        ("    over: 5min\n", "", "rules.payment_success_low", "lacks over"),
        ("    atLeast: 1\n    severity: high", "    atLeast: 1\n    kind: notice\n    severity: high",
         "rules.dead_letters", "is a notice without over"),
        ("    atLeast: 1\n    severity: high", "    atLeast: 1\n    over: 1h\n    severity: high", "rules.dead_letters",
         "must not have over"),
        ("figure: dead_letters", "figure: letters", "rules.dead_letters.figure", "is no figure that is measured"),
        ("{service} is down", "{host} is down", "rules.service_down", "names {host}"),
        ("{service} is down", "{service is down", "rules.service_down", "brace"),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_fit_its_figure_names_file_line_place_and_remedy(
    rules: Path, old: str, new: str, place: str, says: str
) -> None:
    text = rules.read_text()
    assert old in text
    rules.write_text(text.replace(old, new, 1))
    found = refusal(rules)
    assert found.startswith("alert-rules.yaml:")
    assert place in found
    assert says in found
