"""Golden records of every type and version: read by today's models, and unchanged when written again (E-8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts import Golden, golden_records
from contracts.records import GOLDEN
from eventbus.incoming.records import receive
from events import REGISTRY, Event, event_json, parse_event
from tests.contract.events.records import ALL, record_of
from tests.contract.events.snapshots import schema_of


def written(event: Event) -> dict[str, Any]:
    again: dict[str, Any] = json.loads(event_json(event))
    return again


def lost(before: Any, after: Any, path: str = "") -> list[str]:
    """Places at which something that was said is no longer said, or is said otherwise."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            place
            for name, value in before.items()
            for place in (lost(value, after[name], f"{path}.{name}") if name in after else [f"{path}.{name}"])
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [place for one, other in zip(before, after, strict=True) for place in lost(one, other, f"{path}[]")]
    return [] if before == after else [path]


def unsaid(schema: dict[str, Any], value: Any, defs: dict[str, Any], path: str = "") -> list[str]:
    """Fields of the schema that the value never has, or has as null or empty."""
    while "$ref" in schema or "anyOf" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema["anyOf"][0]
    if value is None or value in ([], {}):
        return [path]
    if "properties" in schema:
        return [
            place
            for name, inner in schema["properties"].items()
            for place in unsaid(inner, value.get(name), defs, f"{path}.{name}")
        ]
    if "items" in schema:
        return [place for item in value[:1] for place in unsaid(schema["items"], item, defs, f"{path}[]")]
    return []


@pytest.mark.proves("E-8")
def test_each_type_and_version_has_one() -> None:
    missing = [name for name in REGISTRY if not golden_records(name)]
    assert not missing, "write a whole record of each as libs/contracts/golden/TYPE/1.json"
    assert {folder.name for folder in GOLDEN.iterdir()} == set(REGISTRY)


@pytest.mark.proves("E-2", "E-3", "E-8")
@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.name)
def test_it_is_read_and_says_the_same_when_it_is_written_again(golden: Golden) -> None:
    received = receive(record_of(golden))
    event, envelope = received.event, received.envelope
    assert event.type == golden.type
    assert (event.destination.value, event.key, envelope.subject) == (golden.topic, golden.key, golden.key)
    assert dict(envelope.headers()) == {name: text.encode() for name, text in golden.headers.items()}
    assert not lost(golden.value, written(event))


# What a golden record can't show: an event of an alert is of no order and the other way round; what nobody can take
# has a cause in the place of a decision.
EXCUSED = {
    ".decision": {"fullhouse.payment.routed.v1"},
    ".orderId": {"fullhouse.notification.answered.v1"},
    ".alertFingerprint": {
        f"fullhouse.notification.{name}.v1" for name in ("queued", "sent", "delivered", "failed", "suppressed")
    },
}


@pytest.mark.proves("E-8")
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_the_newest_one_shows_every_field(name: str) -> None:
    newest, schema = golden_records(name)[-1], schema_of(REGISTRY[name])
    left_out = [
        place for place in unsaid(schema, newest.value, schema.get("$defs", {})) if name not in EXCUSED.get(place, ())
    ]
    assert not left_out, f"add libs/contracts/golden/{name}/{len(golden_records(name)) + 1}.json, which has them"


@pytest.mark.proves("E-2", "E-8")
@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.name)
def test_an_event_with_fields_of_a_later_model_is_read_the_same(golden: Golden) -> None:
    later = {**golden.value, "fieldOfALaterModel": {"deep": [1]}}
    assert receive(record_of(golden, later)).event == receive(record_of(golden)).event


@pytest.mark.proves("E-8")
@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.name)
def test_an_event_without_the_fields_that_have_defaults_is_read(golden: Golden) -> None:
    required = REGISTRY[golden.type].model_json_schema(by_alias=True, mode="serialization")["required"]
    record = record_of(golden, {name: golden.value[name] for name in required})
    # Its writer, who didn't know the others, couldn't make a key of them either.
    least = receive(record._replace(key=parse_event(golden.type, record.value).key.encode())).event
    assert least.type == golden.type
    assert not lost({name: golden.value[name] for name in required}, written(least))


@pytest.mark.proves("E-8")
def test_a_changed_meaning_is_found() -> None:
    value = dict(golden_records("fullhouse.order.paid.v1")[0].value)
    assert lost(value, {**value, "amount": 1}) == [".amount"]
    assert lost(value, {name: each for name, each in value.items() if name != "tickets"}) == [".tickets"]
    assert lost(value, {**value, "lines": []}) == [".lines"]
