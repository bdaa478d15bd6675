"""A word of a vocabulary that a reader doesn't know stops no reader (E-3): writers are ahead during each release."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts import golden_records
from eventbus.incoming.records import receive
from events import REGISTRY, Event, Vocabulary, masked, parse_event
from monitor.figures.counting import counts
from monitor.streams.domain import body_of, short_name
from tests.contract.events.compatibility import KNOWN
from tests.contract.events.records import record_of
from tests.contract.events.snapshots import schema_of

UNKNOWN = "never_heard_of"


def with_unknown_words(schema: dict[str, Any], value: Any, defs: dict[str, Any]) -> Any:
    """The value with each word of a vocabulary replaced."""
    if "$ref" in schema:
        return with_unknown_words(defs[schema["$ref"].rsplit("/", 1)[1]], value, defs)
    if "anyOf" in schema:
        return value if value is None else with_unknown_words({**schema["anyOf"][0], **_mark(schema)}, value, defs)
    if KNOWN in schema:
        return UNKNOWN
    if "properties" in schema:
        return {
            name: with_unknown_words(schema["properties"][name], inner, defs) if name in schema["properties"] else inner
            for name, inner in value.items()
        }
    if "items" in schema:
        return [with_unknown_words(schema["items"], inner, defs) for inner in value]
    return value


def _mark(schema: dict[str, Any]) -> dict[str, Any]:
    return {KNOWN: schema[KNOWN]} if KNOWN in schema else {}


def events_of_tomorrow() -> Iterator[Any]:
    """Each type that has words, as a writer of tomorrow may write it."""
    for name, model in REGISTRY.items():
        schema = schema_of(model)
        golden = golden_records(name)[-1]
        value = with_unknown_words(schema, dict(golden.value), schema.get("$defs", {}))
        if UNKNOWN in json.dumps(value):
            yield pytest.param(name, value, id=name)


TOMORROW = list(events_of_tomorrow())


@pytest.mark.proves("E-3", "E-8")
def test_there_are_words_in_the_types_that_will_grow() -> None:
    names = {param.id for param in TOMORROW}
    assert {
        f"fullhouse.{name}.v1" for name in ("order.paid", "notification.sent", "alert.raised", "stock.low")
    } <= names


@pytest.mark.proves("E-3", "E-8")
@pytest.mark.parametrize(("name", "value"), TOMORROW)
def test_an_event_with_unknown_words_is_read_counted_and_shown(name: str, value: dict[str, Any]) -> None:
    event: Event = parse_event(name, json.dumps(value).encode())
    assert all(each.count >= 0 for each in counts(event))
    assert UNKNOWN in json.dumps(masked(event))
    record = record_of(golden_records(name)[-1], value)._replace(key=event.key.encode())
    received = receive(record)
    assert UNKNOWN in body_of(received, short_name(event))


@pytest.mark.proves("E-3")
def test_a_reader_is_told_that_it_does_not_know_a_word() -> None:
    class Colour(Vocabulary):
        RED = "red"

    assert Colour.known("red") is Colour.RED
    assert Colour.known("green") is None
