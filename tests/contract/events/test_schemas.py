"""The event contract is guarded: a committed JSON Schema of each type (E-8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from events import REGISTRY, AlertEvent, Event
from tests.contract.events.compatibility import Schema, breaks

SCHEMAS = Path(__file__).parent / "schemas"


def schema_of(model: type[Event]) -> Schema:
    schema: Schema = model.model_json_schema(by_alias=True, mode="serialization")
    return schema


@pytest.mark.proves("E-1", "E-8")
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_type_reads_and_is_read_by_what_is_already_out_there(name: str) -> None:
    path = SCHEMAS / f"{name}.json"
    assert path.exists(), f"{name} has no snapshot: write it with `make schemas`"
    snapshot = json.loads(path.read_text())
    assert not breaks(snapshot, schema_of(REGISTRY[name])), "publish it under a new major version"
    assert snapshot == schema_of(REGISTRY[name]), f"{name} grew compatibly: renew its snapshot with `make schemas`"


@pytest.mark.proves("E-8")
def test_no_snapshot_is_left_of_a_type_that_is_gone() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(REGISTRY)


@pytest.mark.proves("E-8")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda schema: schema["properties"].pop("number"), "removed"),
        (lambda schema: schema["required"].append("discountCode"), "became required"),
        (lambda schema: schema["properties"].update(amount={"type": "string"}), "changed from"),
        (lambda schema: schema["$defs"]["OrderState"]["enum"].remove("paid"), "lost the values"),
        (lambda schema: schema["$defs"]["OrderLine"]["properties"].pop("tier"), "lines[].tier was removed"),
    ],
)
def test_a_breaking_change_is_found(change: object, sentence: str) -> None:
    old = schema_of(REGISTRY["fullhouse.order.paid.v1"])
    new = json.loads(json.dumps(old))
    change(new)  # type: ignore[operator]
    assert any(sentence in found for found in breaks(old, new))


@pytest.mark.proves("E-1")
def test_types_name_their_topic_and_version() -> None:
    for name, model in REGISTRY.items():
        assert name.startswith("fullhouse.")
        assert name.rsplit(".", 1)[1].startswith("v")
        assert hasattr(model, "topic") or issubclass(model, AlertEvent)


def write() -> None:
    """`make schemas`."""
    SCHEMAS.mkdir(exist_ok=True)
    for stale in SCHEMAS.glob("*.json"):
        stale.unlink()
    for name, model in REGISTRY.items():
        (SCHEMAS / f"{name}.json").write_text(json.dumps(schema_of(model), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    write()
