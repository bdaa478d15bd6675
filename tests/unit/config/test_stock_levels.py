"""stock-levels.yaml, the one place in which seats are counted as few."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from config import AlertRules, ConfigError, StockLevels, load
from events import AlertKind, Severity

SHIPPED = load("deploy/config")
LEVELS: StockLevels = SHIPPED.stock_levels
RULES: AlertRules = SHIPPED.alert_rules

# A-3, row by row.
TABLE = {
    "ga": {
        25: ("INFO", Severity.LOW, AlertKind.NOTICE),
        15: ("INFO", Severity.LOW, AlertKind.NOTICE),
        10: ("LOW", Severity.MEDIUM, AlertKind.NOTICE),
        9: ("LOW", Severity.HIGH, AlertKind.CONDITION),
        5: ("CRITICAL", Severity.HIGH, AlertKind.CONDITION),
        2: ("CRITICAL", Severity.HIGH, AlertKind.CONDITION),
        0: ("SOLD OUT", Severity.CRITICAL, AlertKind.NOTICE),
    },
    "vip": {
        10: ("INFO", Severity.LOW, AlertKind.NOTICE),
        5: ("LOW", Severity.MEDIUM, AlertKind.NOTICE),
        3: ("LOW", Severity.MEDIUM, AlertKind.NOTICE),
        2: ("CRITICAL", Severity.HIGH, AlertKind.CONDITION),
        1: ("CRITICAL", Severity.HIGH, AlertKind.CONDITION),
        0: ("SOLD OUT", Severity.CRITICAL, AlertKind.NOTICE),
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree("deploy/config", tmp_path / "config"))


def meaning(tier: str, own: tuple[int, ...] | None = None) -> dict[int, tuple[str, Severity, AlertKind]]:
    """What each threshold of a tier is, and how much its alert weighs."""
    found = {}
    for each in LEVELS.thresholds(tier, own):
        weight = RULES.stock.levels[each.level].weight(urgent=each.urgent)
        found[each.seats] = (each.level.value, weight.severity, weight.kind)
    return found


@pytest.mark.proves("I-9", "A-3")
def test_each_threshold_has_the_level_and_the_severity_of_the_table() -> None:
    assert {tier: meaning(tier) for tier in TABLE} == TABLE
    assert list(meaning("ga")) == sorted(TABLE["ga"], reverse=True)


@pytest.mark.proves("I-9")
def test_a_tier_that_is_not_named_has_the_default() -> None:
    assert meaning("balcony") == TABLE["ga"]


@pytest.mark.proves("I-9", "A-3")
def test_numbers_of_a_pools_own_have_the_level_of_the_step_around_them() -> None:
    own = meaning("ga", (3, 60, 7, 12, 0))
    assert list(own) == [60, 12, 7, 3, 0]
    assert own == {
        60: TABLE["ga"][25],
        12: TABLE["ga"][15],
        7: TABLE["ga"][9],
        3: TABLE["ga"][5],
        0: TABLE["ga"][0],
    }


@pytest.mark.proves("I-9", "O-13")
def test_a_new_tier_needs_nothing_but_configuration(folder: Path) -> None:
    path = folder / "stock-levels.yaml"
    balcony = "tiers:\n  balcony:\n    - {atOrBelow: [4], level: CRITICAL}\n    - {atOrBelow: [0], level: SOLD OUT}\n"
    path.write_text(path.read_text().replace("tiers:\n", balcony, 1))
    steps = load(folder).stock_levels.thresholds("balcony")
    assert [(each.seats, each.level.value) for each in steps] == [(4, "CRITICAL"), (0, "SOLD OUT")]


@pytest.mark.proves("A-3")
def test_alert_rules_name_levels_and_no_numbers() -> None:
    text = Path("deploy/config/alert-rules.yaml").read_text(encoding="utf-8")
    stock = text[text.index("\nstock:") : text.index("\n# Rules on measured figures")]
    assert not re.search(r"\d", stock)


@pytest.mark.proves("O-13")
@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("[25, 15]", "[15, 25]", "default", "must fall from step to step"),
        ("[10], level: LOW", "[15], level: LOW", "default", "must fall from step to step"),
        ("[10], level: LOW", "[10], level: SOLD OUT", "default", "their level is milder"),
        ("[0], level: SOLD OUT", "[0], level: CRITICAL", "default", "must end with"),
        ("[5, 2], level: CRITICAL", "[5, 2], level: SCARCE", "default[3].level", "'SOLD OUT'"),
        ("[25, 15]", "[]", "default[0].atOrBelow", "must not be empty"),
        ("[25, 15]", "[many]", "default[0].atOrBelow[0]", "number of seats"),
        ("urgent: true", "urgnt: true", "default[2].urgnt", "do you mean urgent?"),
        ("[10], level: INFO}", "[10], level: INFO, urgent: true}", "tiers.vip[0].urgent", "alert-rules.yaml has no"),
        ("atOrBelowPercent: 10", "atOrBelowPercent: 110", "city.atOrBelowPercent", "0 to 100"),
    ],
)
def test_what_is_wrong_names_line_place_and_remedy(folder: Path, old: str, new: str, place: str, says: str) -> None:
    path = folder / "stock-levels.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(folder)
    finding = str(refused.value.findings[0])
    assert finding.startswith("stock-levels.yaml:")
    assert f": {place}: " in finding
    assert says in finding
