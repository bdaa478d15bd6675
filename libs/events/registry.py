"""Every event type by its name, and reading and writing of values."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType

from pydantic import ValidationError

from events import (
    activity,
    alerts,
    appointments,
    catalogue,
    commission,
    customers,
    notifications,
    operations,
    orders,
    passes,
    payments,
    reconciliation,
    security,
    stock,
    waitlist,
)
from events.base import Event

_MODULES: tuple[ModuleType, ...] = (
    orders,
    passes,
    payments,
    commission,
    appointments,
    reconciliation,
    stock,
    waitlist,
    catalogue,
    customers,
    notifications,
    activity,
    alerts,
    security,
    operations,
)


class UnreadableEventError(ValueError):
    """The value doesn't fit its type's model; no retry can help (E-5)."""


class UnknownTypeError(LookupError):
    """No model of this release has this type."""


def _concrete(module: ModuleType) -> Iterator[type[Event]]:
    """The module's event types, in the order of their definition."""
    for member in vars(module).values():
        if inspect.isclass(member) and issubclass(member, Event) and "type" in vars(member):
            yield member


REGISTRY: dict[str, type[Event]] = {model.type: model for module in _MODULES for model in _concrete(module)}


def model_of(event_type: str) -> type[Event]:
    """The model of a full type name; raises `UnknownTypeError`."""
    try:
        return REGISTRY[event_type]
    except KeyError as error:
        raise UnknownTypeError(event_type) from error


def parse_event(event_type: str, value: bytes | None) -> Event:
    """The event in a record's value; raises `UnreadableEventError` or `UnknownTypeError`, whatever the bytes."""
    model = model_of(event_type)
    if value is None:
        raise UnreadableEventError(f"{event_type} without a value")
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        # The message names fields and types of errors, never the values, which may be personal.
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise UnreadableEventError(f"{event_type}: {wrong}") from None


def event_json(event: Event) -> bytes:
    """The event as the JSON bytes of its record's value."""
    return event.model_dump_json(by_alias=True).encode()
