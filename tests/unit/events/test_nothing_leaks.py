"""E-10, over all event types: no marked value is found in anything that is printed of an event."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chassis.telemetry import configure_logging, get_logger
from cli.commands import stream
from contracts import golden_records
from eventbus import RawRecord
from eventbus.incoming.records import receive
from events import REGISTRY, masked, masked_record
from monitor.streams.domain import body_of, short_name
from tests.contract.events.records import record_of
from tests.contract.events.snapshots import schema_of

# Nothing else in a golden record looks like it, and no pattern for addresses, numbers or tokens finds it.
CANARY = "Zyxwv"


def marked_places(
    value: Any, schema: dict[str, Any], defs: dict[str, Any], path: tuple[Any, ...] = ()
) -> Iterator[Any]:
    """Paths of all marked fields of a value, by its schema."""
    if any(mark in schema for mark in ("x-personal", "x-secret")):
        yield path
        return
    for branch in schema.get("anyOf", ()):
        yield from marked_places(value, branch, defs, path)
    if "$ref" in schema:
        yield from marked_places(value, defs[schema["$ref"].rsplit("/", 1)[1]], defs, path)
    for name, inner in schema.get("properties", {}).items():
        yield from marked_places((value or {}).get(name), inner, defs, (*path, name))
    if "items" in schema:
        for place, item in enumerate(value or ()):
            yield from marked_places(item, schema["items"], defs, (*path, place))


def with_canaries(name: str) -> tuple[RawRecord, int]:
    """The type's newest golden record with every marked value replaced, and how many those are."""
    golden = golden_records(name)[-1]
    value, schema = json.loads(json.dumps(golden.value)), schema_of(REGISTRY[name])
    places = set(marked_places(value, schema, schema.get("$defs", {})))
    for *way, last in places:
        inside = value
        for step in way:
            inside = inside[step]
        inside[last] = f"{CANARY} {last}"
    return record_of(golden, value), len(places)


def printed(record: RawRecord) -> dict[str, str]:
    """Everything that prints an event, and what it prints."""
    received = receive(record)
    lines = io.StringIO()
    configure_logging("checkout", stream=lines)
    get_logger().info("webhook_received", given=received.event, also=[received.event], inside={"event": received.event})
    get_logger().info("webhook_received", given=str(masked(received.event)))
    return {
        "log": lines.getvalue(),
        "server-sent event": body_of(received, short_name(received.event)),
        "stream tail": stream.line(received),
        "stream tail --json": json.dumps(stream.document(received), ensure_ascii=False),
        "dead letter": json.dumps(masked_record(key=record.key, value=record.value, headers=record.headers)),
    }


@pytest.mark.proves("E-10")
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_no_marked_value_is_printed(name: str) -> None:
    record, _ = with_canaries(name)
    assert [place for place, text in printed(record).items() if CANARY in text] == []


@pytest.mark.proves("E-10")
def test_the_canaries_are_there_to_be_found() -> None:
    record, count = with_canaries("fullhouse.order.paid.v1")
    buyer, holder = ("firstName", "lastName", "email", "phone", "link"), ("firstName", "lastName", "email", "link")
    assert count == len((*buyer, *holder, "code", "code"))
    assert (record.value or b"").count(CANARY.encode()) == count
    assert receive(record).event.model_dump_json().count(CANARY) == count


@pytest.mark.proves("E-10")
def test_each_field_of_a_person_or_a_door_is_marked() -> None:
    """The names that such fields have in our events; another one is a decision, made here."""
    speaking = ("email", "phone", "firstName", "lastName", "code", "link", "by", "token", "address")
    shown = {
        ("fullhouse.alert", "code"): "what people type to acknowledge; worth nothing without their phone",
        ("fullhouse.security", "code"): "the refusal's code",
        ("fullhouse.service.heartbeat", "address"): "of a process",
        ("fullhouse.catalogue", "address"): "of a hall",
    }
    for name in REGISTRY:
        golden, schema = golden_records(name)[-1], schema_of(REGISTRY[name])
        marked = {path[-1] for path in marked_places(golden.value, schema, schema.get("$defs", {}))}
        found = {field for field in names_in(golden.value) if field in speaking} - marked
        excused = {field for start, field in shown if name.startswith(start)}
        assert found <= excused, name


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)
