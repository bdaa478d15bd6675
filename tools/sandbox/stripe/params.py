"""What Stripe takes, read once from the SDK's own request types, and the checks that follow from it (S-2).

Stripe's form encoding is `line_items[0][price_data][currency]=usd`; lists may also come as `expand[]=…`.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, NotRequired, Required, get_args, get_origin

from stripe._request_options import RequestOptions

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError

_INTEGER = re.compile(r"-?\d{1,18}\Z")
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?\Z")
_HEADERS = frozenset(RequestOptions.__annotations__)
_DEEPEST = 12
_LONGEST_NAME = 400


@dataclass(slots=True)
class Shape:
    """What one parameter may hold: any of these together (a union in the SDK's types)."""

    fields: dict[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Shape | None = None
    is_map: bool = False
    scalars: set[type] = field(default_factory=set)
    literals: tuple[str, ...] = ()


@functools.cache
def shape_of(module: str, name: str) -> Shape:
    """The shape of `stripe.params.<module>`'s TypedDict `name`."""
    typed = getattr(importlib.import_module(f"stripe.params.{module}"), name)
    shape = _struct(typed, depth=0)
    for header in _HEADERS:
        shape.fields.pop(header, None)
    return shape


def _struct(typed: Any, *, depth: int) -> Shape:
    namespace = vars(sys.modules[typed.__module__])
    fields = {
        name: _shape(hint, namespace, depth + 1) for name, hint in typed.__annotations__.items() if name not in _HEADERS
    }
    return Shape(fields=fields, required=frozenset(typed.__required_keys__) - _HEADERS)


def _shape(hint: Any, namespace: Mapping[str, Any], depth: int) -> Shape:
    shape = Shape()
    if depth <= _DEEPEST:
        _fill(shape, hint, namespace, depth)
    return shape


def _fill(shape: Shape, hint: Any, namespace: Mapping[str, Any], depth: int) -> None:
    """Add what the hint allows to the shape."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        # The SDK's own annotations, from its installed package: nothing here comes from a request.
        hint = eval(hint, dict(namespace))  # noqa: S307
    origin = get_origin(hint)
    if origin in (typing.Union, UnionType, NotRequired, Required):
        for each in get_args(hint):
            _fill(shape, each, namespace, depth)
    elif origin is Literal:
        shape.literals += tuple(str(each) for each in get_args(hint))
        shape.scalars.add(str)
    elif origin is list:
        shape.items = _shape(get_args(hint)[0], namespace, depth + 1)
    elif origin is dict:
        shape.is_map = True
    elif hasattr(hint, "__required_keys__"):
        inner = _struct(hint, depth=depth)
        shape.fields, shape.required = inner.fields, inner.required
    elif hint in (int, str, bool, float, Decimal):
        shape.scalars.add(hint)


def nest(pairs: Iterable[tuple[str, str]]) -> Record:
    """Bracketed pairs as nested dictionaries; lists have their indexes (or `0`, `1`, … for `[]`) as keys."""
    root: Record = {}
    for name, value in pairs:
        if len(name) > _LONGEST_NAME:
            raise StripeRefusedError.unknown_parameters([name[:_LONGEST_NAME]])
        path = _path(name)
        here = root
        for part in path[:-1]:
            deeper = here.setdefault(part or str(len(here)), {})
            if not isinstance(deeper, dict):
                raise StripeRefusedError.invalid(
                    "Invalid request: a parameter was given twice, in two forms.", param=name
                )
            here = deeper
        here[path[-1] or str(len(here))] = value
    return root


@functools.lru_cache(maxsize=4096)
def _path(name: str) -> tuple[str, ...]:
    head, *rest = name.split("[")
    if len(rest) > _DEEPEST:
        raise StripeRefusedError.invalid("Invalid request: parameters are nested too deeply.", param=name[:100])
    return (head, *(part.rstrip("]") for part in rest))


def checked(pairs: Iterable[tuple[str, str]], shape: Shape) -> Record:
    """The parameters as Python values (int, bool, str, dict, list).

    Raises StripeRefusedError for what Stripe refuses: unknown, missing and malformed parameters.
    """
    given = nest(pairs)
    try:
        return _value_of_struct(given, shape, "")
    except StripeRefusedError:
        # Stripe names all unknown parameters before anything else that is wrong.
        unknown = list(_unknown(given, shape, ""))
        if unknown:
            raise StripeRefusedError.unknown_parameters(unknown) from None
        raise


def _unknown(given: Record, shape: Shape, path: str) -> Iterable[str]:
    for name, value in given.items():
        here = f"{path}[{name}]" if path else name
        if name not in shape.fields:
            yield here
        elif isinstance(value, dict):
            yield from _unknown_below(value, shape.fields[name], here)


def _unknown_below(value: Record, shape: Shape, path: str) -> Iterable[str]:
    if shape.items is not None and _is_list(value):
        for index, each in value.items():
            if isinstance(each, dict):
                yield from _unknown_below(each, shape.items, f"{path}[{index}]")
    elif shape.fields:
        yield from _unknown(value, shape, path)


def _is_list(value: Record) -> bool:
    return all(key.isdigit() for key in value)


def _value_of_struct(given: Record, shape: Shape, path: str) -> Record:
    for name in sorted(shape.required - given.keys()):
        raise StripeRefusedError.missing(f"{path}[{name}]" if path else name)
    values: Record = {}
    for name, value in given.items():
        here, expected = f"{path}[{name}]" if path else name, shape.fields.get(name)
        if expected is None:
            raise StripeRefusedError.unknown_parameters([here])
        values[name] = _value(value, expected, here)
    return values


def _value(value: Any, shape: Shape, path: str) -> Any:
    if not isinstance(value, dict):
        return _scalar(value, shape, path)
    if shape.items is not None and _is_list(value):
        items = shape.items
        return [
            _value(each, items, f"{path}[{index}]") for index, each in sorted(value.items(), key=lambda i: int(i[0]))
        ]
    if shape.fields:
        return _value_of_struct(value, shape, path)
    if shape.is_map and all(isinstance(each, str) for each in value.values()):
        return value
    raise StripeRefusedError.invalid(f"Invalid {path}: expected a plain value.", param=path)


def _scalar(value: str, shape: Shape, path: str) -> Any:
    if shape.literals and value not in shape.literals and shape.scalars <= {str} and not shape.is_map:
        raise StripeRefusedError.invalid(f"Invalid {path}: must be one of {_listed(shape.literals)}", param=path)
    if bool in shape.scalars:
        return _boolean(value, path)
    if int in shape.scalars and str not in shape.scalars:
        return _integer(value, path)
    if Decimal in shape.scalars and not _DECIMAL.match(value):
        raise StripeRefusedError.invalid(f"Invalid decimal: {value}", param=path)
    if not shape.scalars and value != "":
        raise StripeRefusedError.invalid(f"Invalid {'array' if shape.items else 'object'}", param=path)
    return value


def _listed(literals: tuple[str, ...]) -> str:
    shown = [each for each in literals if each]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + f", or {shown[-1]}"


def _boolean(value: str, path: str) -> bool:
    if value not in ("true", "false"):
        raise StripeRefusedError.invalid(f"Invalid boolean: {value}", param=path)
    return value == "true"


def _integer(value: str, path: str) -> int:
    if not _INTEGER.match(value):
        raise StripeRefusedError.invalid(f"Invalid integer: {value}", param=path, code="parameter_invalid_integer")
    return int(value)
