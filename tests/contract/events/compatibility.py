"""Whether a type's new schema still reads what the old one wrote, and is still read by old readers (E-3, E-8).

Both directions count: during a rolling restart, after a rollback and in the 14 days that the log keeps, old readers
meet new events and new readers old ones. What breaks one of them is a new version, published beside the old one until
nobody reads that any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

Schema = dict[str, Any]

KNOWN = "x-known-values"

COMPATIBLE = (
    "a new field that has a default",
    "a default for a field that had none (writers send every field)",
    "a new word of a vocabulary: its field is text, and readers bear words that they don't know",
    "a personal or secret mark on a field that had none",
    "other words: descriptions and titles",
)


class Rule(Enum):
    """What a change must not do, and whom it would hurt."""

    REMOVED = "A field stays: old readers may need it."
    NEW_REQUIRED = "A new field has a default: events already written don't have it."
    BECAME_REQUIRED = "A field with a default keeps one: events already written may lack it."
    RETYPED = "A field keeps its type: one side could not read what the other wrote."
    NULLABLE = "A field that was never null stays so: old readers could not read it."
    NOT_NULLABLE = "A field that may be null stays so: events already written may have null."
    WORD_LOST = "A vocabulary keeps its words: events already written may hold them."
    VALUE_LOST = "A closed choice keeps its values: events already written may hold them."
    VALUE_NEW = "A closed choice gets no new value: old readers could not read it."
    UNMARKED = "A personal or secret field stays marked: logs and streams would show it."


@dataclass(frozen=True, slots=True)
class Violation:
    """A change that needs a new version."""

    type: str
    field: str
    rule: Rule
    found: str

    def __str__(self) -> str:
        name, version = self.type.rsplit(".v", 1)
        return (
            f"{self.type}: `{self.field}` {self.found}. {self.rule.value} "
            f"Undo it, or publish {name}.v{int(version) + 1} beside it."
        )


def violations(name: str, old: Schema, new: Schema) -> list[Violation]:
    """One for each change of the type that its readers or its older events can't bear; empty when all can."""
    found = _of_models(_Side(old, old.get("$defs", {})), _Side(new, new.get("$defs", {})), path="")
    return [Violation(name, field, rule, words) for field, rule, words in found]


@dataclass(frozen=True, slots=True)
class _Side:
    """A schema of the old or the new snapshot, with the definitions that it may refer to."""

    schema: Schema
    defs: Schema

    def inner(self, schema: Schema) -> _Side:
        return _Side(schema, self.defs)

    @property
    def nullable(self) -> bool:
        return any(branch.get("type") == "null" for branch in self.schema.get("anyOf", ()))

    @property
    def marks(self) -> set[str]:
        """Marks beside the field's type or inside its optional part."""
        places = (self.schema, *self.schema.get("anyOf", ()))
        return {mark for mark in ("x-personal", "x-secret") for place in places if mark in place}

    @property
    def words(self) -> list[str]:
        """The words that a text field is known to hold."""
        return [word for place in (self.schema, *self.schema.get("anyOf", ())) for word in place.get(KNOWN, ())]

    @property
    def present(self) -> _Side:
        """The value when it is not null, references followed."""
        branches = [branch for branch in self.schema.get("anyOf", [self.schema]) if branch.get("type") != "null"]
        if len(branches) == 1 and branches[0] is not self.schema:
            return self.inner(branches[0]).present
        reference = self.schema.get("$ref")
        return self.inner(self.defs[reference.rsplit("/", 1)[1]]) if reference else self

    @property
    def kind(self) -> str:
        """`string`, `string (uuid)`, `array`, `object` …; of several branches all of them."""
        if "anyOf" in self.schema:
            return " or ".join(sorted(self.inner(branch).present.kind for branch in self.schema["anyOf"]))
        kind, form = self.schema.get("type", "anything"), self.schema.get("format")
        return f"{kind} ({form})" if form else str(kind)


Found = Iterator[tuple[str, Rule, str]]


def _of_models(old: _Side, new: _Side, *, path: str) -> Found:
    before, after = old.schema["properties"], new.schema["properties"]
    had_to, has_to = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{path}{name}", Rule.REMOVED, "was removed"
    for name in after:
        if name not in before and name in has_to:
            yield f"{path}{name}", Rule.NEW_REQUIRED, "is new and has no default"
        elif name in before:
            if name in has_to - had_to:
                yield f"{path}{name}", Rule.BECAME_REQUIRED, "has no default any more"
            yield from _of_values(old.inner(before[name]), new.inner(after[name]), path=f"{path}{name}")


def _of_values(old: _Side, new: _Side, *, path: str) -> Found:
    if new.nullable and not old.nullable:
        yield path, Rule.NULLABLE, "may be null now"
    if old.nullable and not new.nullable:
        yield path, Rule.NOT_NULLABLE, "may not be null any more"
    if lost := [word for word in old.words if word not in new.words]:
        yield path, Rule.WORD_LOST, f"is no longer known to be {', '.join(lost)}"
    for mark in sorted(old.marks - new.marks):
        yield path, Rule.UNMARKED, f"is no longer marked {mark.removeprefix('x-')}"
    yield from _of_present(old.present, new.present, path=path)


def _of_present(old: _Side, new: _Side, *, path: str) -> Found:
    if old.kind != new.kind or ("enum" in old.schema) != ("enum" in new.schema):
        yield path, Rule.RETYPED, f"was {_words(old)} and is {_words(new)}"
    elif "enum" in old.schema:
        yield from _of_choices(old.schema["enum"], new.schema["enum"], path=path)
    elif "properties" in old.schema and "properties" in new.schema:
        yield from _of_models(old, new, path=f"{path}.")
    else:
        for inside, sign in (("items", "[]"), ("additionalProperties", "{}")):
            if inside in old.schema and inside in new.schema:
                pair = old.inner(old.schema[inside]), new.inner(new.schema[inside])
                yield from _of_values(*pair, path=f"{path}{sign}")


def _of_choices(old: list[str], new: list[str], *, path: str) -> Found:
    if lost := [value for value in old if value not in new]:
        yield path, Rule.VALUE_LOST, f"can't be {', '.join(lost)} any more"
    if gained := [value for value in new if value not in old]:
        yield path, Rule.VALUE_NEW, f"can be {', '.join(gained)} now"


def _words(side: _Side) -> str:
    return f"a choice of {len(side.schema['enum'])}" if "enum" in side.schema else side.kind
