"""Lists the fields of an event type as rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from events import Event

Schema = Mapping[str, Any]

_IDS: Final = re.compile(r"\s*\((?:[A-Z]-\d+(?:, )?)+\)|^(?:[A-Z]-\d+)[.:]\s*")
KNOWN: Final = "x-known-values"
_FORMATS: Final = {"date-time": "time", "uuid": "UUID"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as people read of it.

    path: `customer.email`, `lines[].tier`, `pools{}.held`
    kind: its type in words
    required: whether it is always there
    mark: `personal`, `secret` or empty
    words: what it means
    """

    path: str
    kind: str
    required: bool
    mark: str
    words: str


def fields_of(model: type[Event]) -> list[Field]:
    """The type's fields as they are on the wire; fields inside a field follow it."""
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    return list(_fields(schema, schema.get("$defs", {}), path=""))


def _fields(schema: Schema, defs: Schema, *, path: str) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, given in schema["properties"].items():
        value, marks = _present(given, defs)
        yield Field(
            path=f"{path}{name}",
            kind=_kind(value, defs) + (" or null" if _nullable(given) else ""),
            required=name in required,
            mark=" and ".join(sorted(mark.removeprefix("x-") for mark in marks)),
            words=plain(str(given.get("description", value.get("description", "")))),
        )
        yield from _inside(value, defs, path=f"{path}{name}")


def plain(words: str) -> str:
    """The text without ids of requirements, which mean nothing to people who only read events."""
    return _IDS.sub("", words).strip()


def _inside(value: Schema, defs: Schema, *, path: str) -> Iterator[Field]:
    for inner, sign in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(value.get(inner), dict):
            value, path = _present(value[inner], defs)[0], f"{path}{sign}"
    if "properties" in value:
        yield from _fields(value, defs, path=f"{path}.")


def _present(schema: Schema, defs: Schema) -> tuple[Schema, set[str]]:
    """The schema of a value that is not null, references resolved, and the marks found on the way."""
    marks = {mark for mark in ("x-personal", "x-secret") if mark in schema}
    if "anyOf" in schema:
        (branch,) = [each for each in schema["anyOf"] if each.get("type") != "null"]
        value, inner = _present(branch, defs)
        return value, marks | inner
    if "$ref" in schema:
        return defs[schema["$ref"].rsplit("/", 1)[1]], marks
    return schema, marks


def _nullable(schema: Schema) -> bool:
    return any(branch.get("type") == "null" for branch in schema.get("anyOf", ()))


def _kind(value: Schema, defs: Schema) -> str:
    if "enum" in value:
        return " | ".join(value["enum"])
    if KNOWN in value:
        return " | ".join((*value[KNOWN], "…"))
    if "items" in value:
        return f"list of {_kind(_present(value['items'], defs)[0], defs)}"
    if isinstance(value.get("additionalProperties"), dict):
        return f"map to {_kind(_present(value['additionalProperties'], defs)[0], defs)}"
    if "properties" in value:
        return "object"
    return _FORMATS.get(value.get("format", ""), str(value.get("type", "anything")))
