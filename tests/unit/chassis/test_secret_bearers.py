"""Whatever holds a secret shows none, in any form in which a line, an error or an answer can have it (E-10, P-2).

All classes of all services are looked through: values and models that have a secret, by its type or by its name, or
that have one which does, are made with secrets of the test's own, and written down in every way there is. A new one is
among them by itself.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import io
import logging
import pkgutil
import pprint
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, SecretBytes, SecretStr

from chassis.keys import SigningKey
from chassis.telemetry import configure_logging, get_logger
from tests.fixtures.leaks import leaks

pytestmark = pytest.mark.proves("E-10", "P-2")

PACKAGES: Final = (
    "chassis", "eventbus", "backups", "checkout", "inventory", "notifier", "monitor", "cli",
)  # fmt: skip
# Looks like none, so that nothing but care keeps it back.
CANARY: Final = "quite~plain/words+and.more"
# The same as plain text, which answers may be there for.
PLAIN: Final = "other~plain/words+and.more"
_SAMPLES: Final[Mapping[Any, Any]] = {
    SecretStr: SecretStr(CANARY), SecretBytes: SecretBytes(CANARY.encode()), SigningKey: SigningKey.generate("k1"),
}  # fmt: skip
_PLAIN_SAMPLES: Final[Mapping[Any, Any]] = {str: PLAIN, bytes: PLAIN.encode()}
_SECRET, _TEXTS = tuple(_SAMPLES), tuple(_PLAIN_SAMPLES)
# What is named so is one also as plain text.
_NAMED: Final = re.compile(r"(^|_)(token|secret|password|credentials|api_key|private_key|authorization)$")
# What is called so and is none: where a list goes on, a mark, what stands in a secret's place; and what a link is for.
_HARMLESS: Final = {("DisputesPage", "next_token"), ("SecretInUse", "secret"), ("ConnectionOut", "credentials"),
                    ("ConnectionOut", "webhook_secret"), ("PlaceLink", "token")}  # fmt: skip
# Whose own form is tried elsewhere: where backups are kept, as people know it.
_TALKING: Final = {"Bucket"}
# What a call is sent with, and what is answered: credentials among it.
_PLAIN: Final = {"ExternalCall": {"headers", "body"}, "VendorResponse": {"headers", "body"}}


@cache
def _classes() -> tuple[type, ...]:
    """Every class that our packages define."""
    found: dict[type, None] = {}
    for name in PACKAGES:
        package = importlib.import_module(name)
        for each in pkgutil.walk_packages(package.__path__, f"{name}."):
            if each.name.endswith("__main__"):
                continue
            module = importlib.import_module(each.name)
            found |= {
                value: None
                for value in vars(module).values()
                if inspect.isclass(value) and value.__module__ == each.name
            }
    return tuple(found)


def _parts(hint: Any) -> Iterator[Any]:
    if not isinstance(hint, list):
        yield hint
    for part in hint if isinstance(hint, list) else get_args(hint):
        yield from _parts(part)


def _fields(cls: type) -> Mapping[str, Any]:
    """The fields of a value or a model with their types; of any other class none."""
    if issubclass(cls, BaseModel):
        return {name: info.annotation for name, info in cls.model_fields.items()}
    if not dataclasses.is_dataclass(cls):
        return {}
    try:
        hints = get_type_hints(cls)
    except NameError:  # a type that is there for the checker only
        hints = {each.name: object for each in dataclasses.fields(cls)}
    return {each.name: hints[each.name] for each in dataclasses.fields(cls)}


def _is_secret(name: str, hint: Any, *, plainly: bool = False) -> bool:
    """`plainly`: whether it is one whatever it is called."""
    parts = list(_parts(hint))
    named = plainly or _NAMED.search(name) is not None
    return any(part in _SECRET for part in parts) or (named and any(each in _TEXTS for each in parts))


def _bears(cls: type) -> bool:
    plain = _PLAIN.get(cls.__name__, set())
    fields = {name: hint for name, hint in _fields(cls).items() if (cls.__name__, name) not in _HARMLESS}
    if any(_is_secret(name, hint, plainly=name in plain) for name, hint in fields.items()):
        return True
    inside = {part for hint in _fields(cls).values() for part in _parts(hint) if inspect.isclass(part)}
    return any(part is not cls and _fields(part) and _bears(part) for part in inside)


def _made(name: str, hint: Any, *, plainly: bool = False) -> Any:
    """A value of a type, which is a secret where it can be."""
    given, origin = [part for part in get_args(hint) if part is not NoneType], get_origin(hint) or hint
    if origin in _SAMPLES:
        return _SAMPLES[origin]
    if origin in _TEXTS:
        return _PLAIN_SAMPLES[origin] if _is_secret(name, hint, plainly=plainly) else ""
    if origin is Annotated or not inspect.isclass(origin) or NoneType in get_args(hint):
        return _made(name, given[0], plainly=plainly) if given else None
    if issubclass(origin, Mapping):
        return {"x": _made(name, given[-1], plainly=plainly)} if given else {}
    if given and not isinstance(given[0], list):
        return (_made(name, given[0], plainly=plainly),)
    return _instance(hint) if _fields(hint) else None


def _instance(cls: type) -> Any:
    """With secrets of ours, whatever else it would want to check."""
    plain = _PLAIN.get(cls.__name__, set())
    values = {name: _made(name, hint, plainly=name in plain) for name, hint in _fields(cls).items()}
    if issubclass(cls, BaseModel):
        return cls.model_construct(**values)
    made = object.__new__(cls)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _written(value: Any) -> Iterator[str]:
    yield from (repr(value), str(value), f"{value}", ascii(value), pprint.pformat(value))
    yield repr([value, {"x": value}, (value,)])
    yield "".join(traceback.format_exception(RuntimeError(value)))


def _dumped(value: Any) -> str:
    """As an answer has it, where it can be one."""
    if not isinstance(value, BaseModel):
        return ""
    return f"{value.model_dump(warnings=False)} {value.model_dump_json(fallback=str, warnings=False)}"


def _logged(value: Any) -> str:
    """As a field, within others, bound, as an error, and by a library."""
    lines = io.StringIO()
    configure_logging("checkout", stream=lines)
    log = get_logger(given=value)
    for each in (value, [value], {"x": {"y": value}}, (value,), str(value)):
        log.info("connection_changed", given=each)
    log.error("background_task_failed", exc_info=RuntimeError(value), given=value)
    logging.getLogger("library").warning("%s %r", value, [value])
    configure_logging("checkout", stream=io.StringIO())
    return lines.getvalue()


@pytest.fixture(scope="module")
def bearers() -> Sequence[type]:
    """All that hold secrets; to find them everything is imported, in this process only."""
    return [each for each in _classes() if _bears(each)]


def test_what_holds_a_secret_shows_none(bearers: Sequence[type]) -> None:
    found = {}
    for cls in bearers:
        value = _instance(cls)
        written = {"written": "\n".join(_written(value)), "logged": _logged(value)}
        assert all(written.values())
        found[cls.__name__] = leaks([CANARY, PLAIN], written) | leaks([CANARY], {"dumped": _dumped(value)})
    assert {name: shown for name, shown in found.items() if shown} == {}


def test_what_is_made_with_a_secret_has_no_form_of_its_own() -> None:
    """Adapters and the like say where they are in memory, and nothing else."""
    talking = []
    for cls in _classes():
        if _fields(cls) or issubclass(cls, BaseException):
            continue
        try:
            hints = get_type_hints(cls.__init__)
        except (NameError, AttributeError):
            continue
        parts = [part for hint in hints.values() for part in _parts(hint) if inspect.isclass(part)]
        given = any(part in _SECRET or (_fields(part) and _bears(part)) for part in parts)
        if given and (cls.__repr__ is not object.__repr__ or cls.__str__ is not object.__str__):
            talking.append(cls.__name__)
    assert set(talking) == _TALKING


def test_the_walk_finds_those_that_are_known_to_hold_secrets(bearers: Sequence[type]) -> None:
    known = {"Credentials", "ConnectionSecrets", "Permission", "Subscription", "ExternalCall", "CheckoutSettings"}
    assert known <= {each.__name__ for each in bearers}
