"""A type's fields as rows of a table."""

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
    """`path`: `customer.email`, `lines[].tier`, `pools{}.held`. `mark`: `personal`, `secret` or nothing."""

    path: str
    kind: str
    required: bool
    mark: str
    words: str


def fields_of(model: type[Event]) -> list[Field]:
    """The type's fields as they stand on the wire; what is inside a field comes behind it."""
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
    """Without the requirements' ids, which mean nothing to who only reads events."""
    return _IDS.sub("", words).strip()


def _inside(value: Schema, defs: Schema, *, path: str) -> Iterator[Field]:
    for inner, sign in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(value.get(inner), dict):
            value, path = _present(value[inner], defs)[0], f"{path}{sign}"
    if "properties" in value:
        yield from _fields(value, defs, path=f"{path}.")


def _present(schema: Schema, defs: Schema) -> tuple[Schema, set[str]]:
    """The schema of a value that is there, references followed, and the marks found on the way."""
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
