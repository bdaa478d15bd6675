"""The event contract is guarded: a committed JSON Schema of each type (E-8)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from events import REGISTRY, AlertEvent
from tests.contract.events.compatibility import Rule, Schema, violations
from tests.contract.events.snapshots import SCHEMAS, schema_of, write_snapshots

PAID = "fullhouse.order.paid.v1"


@pytest.mark.proves("E-1", "E-3", "E-8")
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_type_reads_and_is_read_by_what_is_already_out_there(name: str) -> None:
    path = SCHEMAS / f"{name}.json"
    assert path.exists(), f"{name} has no snapshot: write it with `make schemas`"
    snapshot = json.loads(path.read_text())
    assert [str(found) for found in violations(name, snapshot, schema_of(REGISTRY[name]))] == []
    assert snapshot == schema_of(REGISTRY[name]), f"{name} changed compatibly: renew its snapshot with `make schemas`"


@pytest.mark.proves("E-8")
def test_no_snapshot_is_left_of_a_type_that_is_gone() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(REGISTRY)


def _require(schema: Schema, name: str, value: Schema) -> None:
    schema["properties"][name] = value
    schema["required"].append(name)


def _drop_mark(schema: Schema) -> None:
    del schema["$defs"]["OrderCustomer"]["properties"]["email"]["x-personal"]


# A change of order.paid's schema, the rule that it breaks, and what is said of it.
BREAKS: list[tuple[Callable[[Schema], object], Rule, str]] = [
    (lambda schema: schema["properties"].pop("number"), Rule.REMOVED, "`number` was removed"),
    (lambda schema: schema["$defs"]["OrderLine"]["properties"].pop("tier"), Rule.REMOVED, "`lines[].tier` was removed"),
    (
        lambda schema: schema["$defs"]["Attribution"]["properties"].pop("medium"),
        Rule.REMOVED,
        "`attribution.medium` was removed",
    ),
    (
        lambda schema: _require(schema, "gate", {"type": "string"}),
        Rule.NEW_REQUIRED,
        "`gate` is new and has no default",
    ),
    (
        lambda schema: schema["required"].append("discountCode"),
        Rule.BECAME_REQUIRED,
        "`discountCode` has no default any more",
    ),
    (
        lambda schema: schema["properties"].update(amount={"type": "number"}),
        Rule.RETYPED,
        "`amount` was integer and is number",
    ),
    (
        lambda schema: schema["properties"].update(orderId={"type": "string"}),
        Rule.RETYPED,
        "`orderId` was string (uuid) and is string",
    ),
    (
        lambda schema: schema["properties"].update(number={"type": "string", "enum": ["A", "B"]}),
        Rule.RETYPED,
        "`number` was string and is a choice of 2",
    ),
    (
        lambda schema: schema["properties"]["tickets"].update(items={"type": "string"}),
        Rule.RETYPED,
        "`tickets[]` was object and is string",
    ),
    (
        lambda schema: schema["properties"].update(number={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        Rule.NULLABLE,
        "`number` may be null now",
    ),
    (
        lambda schema: schema["properties"].update(country={"type": "string"}),
        Rule.NOT_NULLABLE,
        "`country` may not be null any more",
    ),
    (
        lambda schema: schema["properties"]["state"]["x-known-values"].remove("paid"),
        Rule.WORD_LOST,
        "`state` is no longer known to be paid",
    ),
    (_drop_mark, Rule.UNMARKED, "`customer.email` is no longer marked personal"),
    (
        lambda schema: schema["properties"]["link"].pop("x-secret"),
        Rule.UNMARKED,
        "`link` is no longer marked secret",
    ),
]


@pytest.mark.proves("E-3", "E-8")
@pytest.mark.parametrize(("change", "rule", "words"), BREAKS)
def test_a_change_that_breaks_somebody_is_named(change: Callable[[Schema], object], rule: Rule, words: str) -> None:
    old = schema_of(REGISTRY[PAID])
    new = copy.deepcopy(old)
    change(new)
    (found,) = violations(PAID, old, new)
    assert found.rule is rule
    assert str(found) == f"{PAID}: {words}. {rule.value} Undo it, or publish fullhouse.order.paid.v2 beside it."


RAISED = "fullhouse.alert.raised.v1"
# The same of alert.raised, which has a closed choice.
BREAKS_OF_A_CHOICE: list[tuple[Callable[[Schema], object], Rule, str]] = [
    (
        lambda schema: schema["$defs"]["Severity"]["enum"].remove("low"),
        Rule.VALUE_LOST,
        "`severity` can't be low any more",
    ),
    (
        lambda schema: schema["$defs"]["Severity"]["enum"].append("notice"),
        Rule.VALUE_NEW,
        "`severity` can be notice now",
    ),
]


@pytest.mark.proves("E-3", "E-8")
@pytest.mark.parametrize(("change", "rule", "words"), BREAKS_OF_A_CHOICE)
def test_a_closed_choice_stays_as_it_is(change: Callable[[Schema], object], rule: Rule, words: str) -> None:
    old = schema_of(REGISTRY[RAISED])
    new = copy.deepcopy(old)
    change(new)
    (found,) = violations(RAISED, old, new)
    assert (found.rule, f"`{found.field}` {found.found}") == (rule, words)


@pytest.mark.proves("E-8")
def test_each_rule_can_be_broken() -> None:
    assert {rule for _, rule, _ in (*BREAKS, *BREAKS_OF_A_CHOICE)} == set(Rule)


@pytest.mark.proves("E-3", "E-8")
def test_only_severities_are_a_closed_choice() -> None:
    """Whatever else will grow is text: a new channel or a new state of an order needs no new version."""
    closed = {
        name
        for model in REGISTRY.values()
        for name, schema in schema_of(model).get("$defs", {}).items()
        if "enum" in schema
    }
    assert closed == {"Severity"}


@pytest.mark.proves("E-8")
def test_a_map_is_looked_into() -> None:
    old = schema_of(REGISTRY["fullhouse.stock.sold.v1"])
    new = copy.deepcopy(old)
    del new["$defs"]["PoolLevel"]["properties"]["held"]
    assert [found.field for found in violations("fullhouse.stock.sold.v1", old, new)] == ["pools{}.held"]


@pytest.mark.proves("E-3", "E-8")
@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].update(gate={"type": "string", "default": "A"}),
        lambda schema: schema["required"].remove("businessType"),
        lambda schema: schema["properties"]["number"].update(description="other words"),
        lambda schema: schema["properties"]["number"].update({"x-personal": True}),
        lambda schema: schema["properties"]["state"]["x-known-values"].append("transferred"),
    ],
)
def test_a_compatible_change_passes(change: Callable[[Schema], object]) -> None:
    old = schema_of(REGISTRY[PAID])
    new = copy.deepcopy(old)
    change(new)
    assert new != old
    assert violations(PAID, old, new) == []


@pytest.mark.proves("E-1")
def test_types_name_their_topic_and_version() -> None:
    for name, model in REGISTRY.items():
        assert name.startswith("fullhouse.")
        assert name.rsplit(".", 1)[1].startswith("v")
        assert hasattr(model, "topic") or issubclass(model, AlertEvent)


@pytest.mark.proves("E-8")
def test_a_snapshot_is_not_renewed_over_a_change_that_breaks_somebody(tmp_path: Path) -> None:
    write_snapshots(tmp_path)
    old = schema_of(REGISTRY[PAID])
    old["properties"]["gate"] = {"type": "string"}
    (tmp_path / f"{PAID}.json").write_text(json.dumps(old))
    with pytest.raises(SystemExit, match="`gate` was removed"):
        write_snapshots(tmp_path)


@pytest.mark.proves("E-8")
def test_the_snapshots_are_written_as_they_are(tmp_path: Path) -> None:
    write_snapshots(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        path.name: path.read_text() for path in SCHEMAS.iterdir()
    }
