from __future__ import annotations

from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from events.base import Event, Part

MASK: Final = "[masked]"

JsonValue = Any  # JSON as Pydantic dumps it


@cache
def _marked(model: type[BaseModel]) -> frozenset[str]:
    """Names on the wire of the fields that carry a personal or secret mark (E-10)."""
    return frozenset(info.alias or name for name, info in model.model_fields.items() if _is_marked(info))


def _is_marked(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    if isinstance(extra, dict) and ("x-personal" in extra or "x-secret" in extra):
        return True
    return any(_annotated_mark(argument) for argument in get_args(info.annotation))


def _annotated_mark(annotation: object) -> bool:
    for meta in getattr(annotation, "__metadata__", ()):
        extra = getattr(meta, "json_schema_extra", None)
        if isinstance(extra, dict) and ("x-personal" in extra or "x-secret" in extra):
            return True
    return False


def masked(event: Event) -> dict[str, JsonValue]:
    """The event as JSON values for logs and streams, every marked field replaced."""
    return _mask(event)


def _mask(part: Part) -> dict[str, JsonValue]:
    hidden = _marked(type(part))
    dumped: dict[str, JsonValue] = {}
    for name, info in type(part).model_fields.items():
        wire = info.alias or name
        value = getattr(part, name)
        dumped[wire] = MASK if wire in hidden and value is not None else _value(value)
    return dumped


def _value(value: object) -> JsonValue:
    if isinstance(value, Part):
        return _mask(value)
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)
