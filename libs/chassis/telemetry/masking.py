"""Masks secrets and personal data in log lines (E-10, M-15).

It works twice: by the keys of fields, and by the content of every text, which is searched for secrets, e-mail addresses
and phone numbers, so that an exception's message can't leak one either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum, auto
from functools import cache, lru_cache
from typing import Final, get_args

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

REDACTED: Final = "[REDACTED]"
_MARKS: Final = frozenset({"x-personal", "x-secret"})
_DEPTH: Final = 6
# Shorter texts can't match the patterns, and most values are shorter: methods, states, ids of cities and tiers.
_SHORTEST: Final = 5

_SECRET_KEYS: Final = re.compile(
    r"authorization|cookie|credential|passw|secret|token|signature|api_?key|_key$|signing|ticket_?code|^codes?$|^t$",
    re.IGNORECASE,
)
_PERSONAL_KEYS: Final = re.compile(
    r"e_?mail|phone|^(first|last|full|customer|display|to|from)?_?name$|^(to|from|recipients?|address|body|text)$",
    re.IGNORECASE,
)
# Keys that sound secret and are not: ids and counts that people need to follow a trace.
_HARMLESS_KEYS: Final = frozenset({"idempotency_key", "record_key", "key_id", "token_kind"})

# Whoever sends texts chooses their shape, so each pattern is linear: a run of characters is looked at once, from its
# beginning (the look behind), and what it took is never given back (`++`).
_EMAIL: Final = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)+")
_PHONE: Final = re.compile(r"(?<![\w:.-])\+\d[\d\s().-]{6,17}\d")
_SECRETS: Final = re.compile(
    r"(?:sk|rk)_(?:live|test)_\w+"
    r"|whsec_[\w+/=-]+"
    r"|SG\.[\w.-]{8,}"
    r"|xox[abprs]-[\w-]+"
    r"|(?i:bearer)\s+[\w.~+/=-]+"
    r"|(?i:basic)\s+[\w+/=-]{20,}"
    r"|(?<![\w-])(?=[\w-]*eyJ)[\w-]++\.[\w-]++\.[\w-]*+"
    r"|FH1:[0-9A-Z $%*+\-./:]{40,}"
    r"|(?<=://)[^/\s:@]++:[^/\s@]++(?=@)"
)
# No secret is without one of these; most texts are, and are searched in a third of the time.
_HINT: Final = re.compile(r"[_:\s]|SG\.|xox|eyJ")
# Secrets inside addresses, also where an address stands inside another one, encoded once or twice.
_IN_ADDRESS: Final = re.compile(
    r"((?:[?&;]|%(?:25)?(?:3F|26))(?:[a-z]++_)?(?:token|t|sig|signature|secret|key|code)(?:=|%(?:25)?3D)|/a/)"
    # Python 3.11.2 steps back too late from a possessive group, 3.11.7 doesn't; what follows this one can't fail.
    r"[\w.~+-]++(?:%(?!(?:25)?26)[0-9A-F]{2}[\w.~+-]*+)*=*+",
    re.IGNORECASE,
)


def mask_email(email: str) -> str:
    """`j***@example.com`: enough to recognise, not to write to."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}" if domain else REDACTED


def mask_name(name: str) -> str:
    """`J.` for `Jordan`."""
    return f"{name[:1]}."


def mask_phone(phone: str) -> str:
    """`***0100`: the last four digits."""
    digits = re.sub(r"\D", "", phone)
    return f"***{digits[-4:]}" if len(digits) >= 8 else REDACTED


def mask_text(text: str) -> str:
    """The text with everything that looks like a secret, an email address or a phone number masked."""
    if len(text) < _SHORTEST:
        return text
    if "@" in text:
        text = _EMAIL.sub(lambda found: mask_email(found.group()), text)
    if "+" in text:
        text = _PHONE.sub(lambda found: mask_phone(found.group()), text)
    if "/a/" in text or "=" in text or "%" in text:
        text = _IN_ADDRESS.sub(rf"\1{REDACTED}", text)
    return _SECRETS.sub(REDACTED, text) if _HINT.search(text) else text


def mask_fields(fields: Mapping[str, object], depth: int = _DEPTH) -> dict[str, object]:
    """Fields of a log line as JSON values, masked by key and by content."""
    return {str(key): _mask_field(str(key), value, depth) for key, value in fields.items()}


def _mask_field(key: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    kind = _kind(key)
    if kind is _Kind.SECRET:
        return REDACTED
    return _mask_personal(value) if kind is _Kind.PERSONAL else mask_value(value, depth)


class _Kind(Enum):
    """What a key says about its value."""

    SECRET = auto()
    PERSONAL = auto()
    PLAIN = auto()


@lru_cache(maxsize=4096)
def _kind(key: str) -> _Kind:
    """What the key says; cached, since a process logs the same few hundred keys all its life."""
    if key in _HARMLESS_KEYS:
        return _Kind.PLAIN
    if _SECRET_KEYS.search(key):
        return _Kind.SECRET
    return _Kind.PERSONAL if _PERSONAL_KEYS.search(key) else _Kind.PLAIN


def _mask_personal(value: object) -> object:
    if not isinstance(value, str):
        return REDACTED
    if _EMAIL.fullmatch(value):
        return mask_email(value)
    return mask_phone(value) if _PHONE.fullmatch(value) else REDACTED


def mask_value(value: object, depth: int = _DEPTH) -> object:
    """A value as a JSON value, with secrets masked; below `depth` a value becomes the name of its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return mask_text(value)
    if depth == 0:
        return f"<{type(value).__name__}>"
    for kind, convert in _CONVERTERS:
        if isinstance(value, kind):
            return convert(value, depth)
    return mask_text(str(value))


def _mask_model(value: BaseModel, depth: int) -> object:
    marked = _marked(type(value))
    return {
        name: REDACTED if name in marked else _mask_field(name, getattr(value, name), depth - 1)
        for name in type(value).model_fields
    }


@cache
def _marked(model: type[BaseModel]) -> frozenset[str]:
    """The names of the fields that are marked as personal or secret, at the type or inside an optional one."""
    return frozenset(name for name, info in model.model_fields.items() if _carries_mark(info))


def _carries_mark(info: FieldInfo) -> bool:
    inside = (meta for part in get_args(info.annotation) for meta in getattr(part, "__metadata__", ()))
    extras = (getattr(each, "json_schema_extra", None) for each in (info, *inside))
    return any(isinstance(extra, dict) and not _MARKS.isdisjoint(extra) for extra in extras)


_CONVERTERS: Final[tuple[tuple[type | tuple[type, ...], Callable[..., object]], ...]] = (
    ((SecretStr, SecretBytes), lambda _value, _depth: REDACTED),
    (BaseModel, _mask_model),
    (Mapping, lambda value, depth: mask_fields(value, depth - 1)),
    ((list, tuple, set, frozenset), lambda value, depth: [mask_value(item, depth - 1) for item in value]),
    ((datetime, date), lambda value, _depth: value.isoformat()),
    ((bytes, bytearray, memoryview), lambda value, _depth: f"<{len(value)} bytes>"),
)
