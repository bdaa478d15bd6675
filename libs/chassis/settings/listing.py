"""Lists the variables of settings classes, for documentation and for starting each process with its own."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from chassis.keys import SigningKey
from chassis.settings.base import NEEDED, EnvironSettings, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable of an installation.

    name: its name; NAME_FILE may name a file with the value instead
    section: the title under which it is listed
    description: what it holds, and in which form
    defaults: the value when it is not set, as it would be written, by process that has a default
    secret: whether only its readers may see the value
    required: the processes that don't start without it
    when: when it is needed, where that doesn't depend on the process
    readers: the processes that are given it
    """

    name: str
    section: Section
    description: str
    defaults: Mapping[str, str]
    secret: bool
    required: tuple[str, ...]
    when: str
    readers: tuple[str, ...]


def names_of(settings: type[EnvironSettings]) -> frozenset[str]:
    """The names of all variables that a process with these settings reads, without the NAME_FILEs."""
    return frozenset(name for field in settings.model_fields for name in settings.variables(field))


def variables_of(processes: Mapping[str, type[EnvironSettings]]) -> tuple[Variable, ...]:
    """All variables by section, variants behind what they vary.

    When processes describe one variable differently, the first description counts.
    """
    found: dict[str, Variable] = {}
    for process, settings in processes.items():
        for variable in _variables(process, settings):
            known = found.get(variable.name)
            found[variable.name] = variable if known is None else _merged(known, variable)
    names = list(found)
    return tuple(sorted(found.values(), key=lambda variable: _place(variable, names)))


def _place(variable: Variable, names: Sequence[str]) -> tuple[int, int]:
    general = (at for at, name in enumerate(names) if variable.name == name or variable.name.startswith(f"{name}_"))
    return list(Section).index(variable.section), min(general)


def _merged(known: Variable, other: Variable) -> Variable:
    return replace(
        known,
        defaults={**known.defaults, **other.defaults},
        required=(*known.required, *other.required),
        readers=(*known.readers, *other.readers),
    )


def _variables(process: str, settings: type[EnvironSettings]) -> Iterator[Variable]:
    for section, field in _declared(settings):
        info, own = settings.model_fields[field], settings.variable(field)
        for name in reversed(settings.variables(field)):
            alone = f"{own} for {process}, where one environment serves all services"
            yield Variable(
                name=name,
                section=section,
                description=str(info.description) if name == own else alone,
                defaults={process: default} if name == own and (default := _written(info)) else {},
                secret=is_secret(info),
                required=(process,) if info.is_required() and name == own else (),
                when=_when(settings, field) if name == own else "",
                readers=(process,),
            )


def _declared(settings: type[EnvironSettings]) -> Iterable[tuple[Section, str]]:
    """Every field with the section of the class that declares it, in the order of the classes' bases."""
    found: dict[str, Section] = {}
    for group in _groups(settings):
        section = vars(group).get("section", Section.INSTALLATION)
        for field in inspect.get_annotations(group):
            if field in settings.model_fields:
                found.setdefault(field, section)
    return [(section, field) for field, section in found.items()]


def _groups(settings: type) -> Iterator[type]:
    for base in settings.__bases__:
        yield from _groups(base)
    yield settings


def _when(settings: type[EnvironSettings], field: str) -> str:
    info = settings.model_fields[field]
    if isinstance(info.json_schema_extra, dict) and NEEDED in info.json_schema_extra:
        return str(info.json_schema_extra[NEEDED])
    return "in test and live mode" if info.is_required() and field in settings.stood_in({}) else ""


def _written(info: FieldInfo) -> str:
    """A default as it would be written; empty where there is none, or none worth mentioning."""
    value = None if info.is_required() else info.default
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None or isinstance(value, bool) else str(value)


def is_secret(info: FieldInfo) -> bool:
    """Whether only its readers may see the value of a field."""
    return not info.repr or _holds_secret(info.annotation)


def _holds_secret(annotation: object) -> bool:
    return annotation in {SecretStr, SigningKey} or any(_holds_secret(part) for part in get_args(annotation))
