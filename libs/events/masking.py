"""Masks personal and secret fields wherever an event is shown: logs, streams, dead letters (E-10)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from events.base import Event
from events.envelope import event_type
from events.registry import REGISTRY

MASK: Final = "[masked]"

JsonValue = Any  # JSON as Pydantic dumps it
Schema = Mapping[str, Any]

_MARKS: Final = ("x-personal", "x-secret")
# Headers that our own code writes. Any other header may hold anything.
_OUR_HEADERS: Final = re.compile(r"(ce_(id|source|type|specversion|time|subject)|content-type|traceparent|dlq-[a-z]+)")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}")
_UNREADABLE_NAME: Final = "[masked name]"


def masked(event: Event) -> dict[str, JsonValue]:
    """The event as JSON values for logs and streams, with every marked field replaced."""
    shown: dict[str, JsonValue] = _shown(event.model_dump(mode="json", by_alias=True), _shape_of(type(event)))
    return shown


def masked_record(
    *, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> dict[str, JsonValue]:
    """A record as `{type, key, headers, data}` for people, all JSON values, whatever its bytes.

    It need not be readable as an event. Fields that a model of ours knows and doesn't mark are shown. Of everything
    else (marked fields, fields and headers that aren't ours, values of another shape, bytes that aren't JSON) only the
    size is shown. The reason for a death (`dlq-reason`) is shown: it never holds values of the event.
    """
    headers = list(headers)
    found = event_type(headers)
    model = REGISTRY.get(found or "")
    return {
        "type": found if model is not None else _hint(found),
        "key": _text(key) if model is not None else _hint(key),
        "headers": {_name(name): _header(name, value, known=model is not None) for name, value in headers},
        "data": _data(value, model),
    }


def _data(value: bytes | None, model: type[Event] | None) -> JsonValue:
    if value is None:
        return None
    if model is None:
        return _hint(value)
    try:
        document = json.loads(value, parse_constant=str)
    except (ValueError, RecursionError):
        return _hint(value)
    return _shown(document, _shape_of(model))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a value's schema says about showing it.

    marked: whether it is personal or secret
    fields: the shapes of a model's fields
    rest: the shape of a mapping's values
    items: the shape of a list's items
    """

    marked: bool = False
    fields: Mapping[str, _Shape] | None = None
    rest: _Shape | None = None
    items: _Shape | None = None


@cache
def _shape_of(model: type[Event]) -> _Shape:
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    return _shape(schema, schema.get("$defs", {}))


def _shape(schema: Schema, defs: Schema) -> _Shape:
    if "$ref" in schema:
        return _shape(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if any(mark in schema for mark in _MARKS):
        return _Shape(marked=True)
    if "anyOf" in schema:
        (present,) = [branch for branch in schema["anyOf"] if branch.get("type") != "null"]
        return _shape(present, defs)
    if "properties" in schema:
        return _Shape(fields={name: _shape(inner, defs) for name, inner in schema["properties"].items()})
    if isinstance(rest := schema.get("additionalProperties"), dict):
        return _Shape(rest=_shape(rest, defs))
    return _Shape(items=_shape(schema["items"], defs)) if "items" in schema else _Shape()


def _shown(value: JsonValue, shape: _Shape) -> JsonValue:
    """The value, with everything masked that its shape doesn't allow to show."""
    if value is None or value == "":
        return value
    if shape.marked:
        return MASK
    if isinstance(value, dict):
        return _shown_object(value, shape)
    if isinstance(value, list):
        return MASK if shape.items is None else [_shown(item, shape.items) for item in value]
    if shape.fields or shape.rest or shape.items:
        return MASK
    return _printable(value) if isinstance(value, str) else value


def _shown_object(value: dict[str, JsonValue], shape: _Shape) -> JsonValue:
    fields, rest = shape.fields, shape.rest
    if fields is not None:
        return {_name(name): _shown(item, fields[name]) if name in fields else MASK for name, item in value.items()}
    return MASK if rest is None else {_name(name): _shown(item, rest) for name, item in value.items()}


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else _UNREADABLE_NAME


def _header(name: str, value: bytes | None, *, known: bool) -> JsonValue:
    ours = _OUR_HEADERS.fullmatch(name) is not None and (known or name not in {"ce_type", "ce_subject"})
    return _text(value) if ours else _hint(value)


def _printable(text: str) -> str:
    """The text without lone surrogates, which JSON can hold and no terminal or page can show."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _hint(value: bytes | str | None) -> str | None:
    """The size of something that is not shown."""
    if value is None:
        return None
    return f"{MASK[:-1]}, {len(value)} {'bytes' if isinstance(value, bytes) else 'characters'}]"
