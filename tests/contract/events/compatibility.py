"""Whether a type's new schema still reads what the old one wrote, and is still read by old readers (E-8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """Sentences, one for each change that needs a new major version; empty when old and new understand each other."""
    return list(_model_breaks(old, new, old.get("$defs", {}), new.get("$defs", {}), path=""))


def _model_breaks(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, *, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before:
        if name not in after:
            yield f"{path}{name} was removed: old readers may need it"
    for name in new.get("required", []):
        if name not in before:
            yield f"{path}{name} is new and required: events already written don't have it"
        elif name not in old.get("required", []):
            yield f"{path}{name} became required: events already written may lack it"
    for name in before.keys() & after.keys():
        yield from _value_breaks(before[name], after[name], old_defs, new_defs, path=f"{path}{name}")


def _value_breaks(old: Schema, new: Schema, old_defs: Schema, new_defs: Schema, *, path: str) -> Iterator[str]:
    old, new = _resolved(old, old_defs), _resolved(new, new_defs)
    if "properties" in old and "properties" in new:
        yield from _model_breaks(old, new, old_defs, new_defs, path=f"{path}.")
    elif "enum" in old and "enum" in new:
        gone = set(old["enum"]) - set(new["enum"])
        if gone:
            yield f"{path} lost the values {sorted(gone)}: events already written may hold them"
    elif "items" in old and "items" in new:
        yield from _value_breaks(old["items"], new["items"], old_defs, new_defs, path=f"{path}[]")
    elif _kinds(old, old_defs) != _kinds(new, new_defs):
        yield f"{path} changed from {sorted(_kinds(old, old_defs))} to {sorted(_kinds(new, new_defs))}"


def _resolved(value: Schema, defs: Schema) -> Schema:
    reference = value.get("$ref")
    return defs[reference.rsplit("/", 1)[1]] if reference else value


def _kinds(value: Schema, defs: Schema) -> frozenset[str]:
    value = _resolved(value, defs)
    if "anyOf" in value:
        return frozenset().union(*(_kinds(one, defs) for one in value["anyOf"]))
    return frozenset({f"{value.get('type', 'object')}:{value.get('format', '')}"})
