"""Tells values of variables from each other without keeping any."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from chassis.keys import PublicKeys, SigningKey
from chassis.settings.groups import HostSettings
from chassis.settings.listing import is_secret

# Set for each process by whoever starts it.
_OF_THE_PROCESS: Final = frozenset({"port", "fullhouse_slot"})
_KEY: Final = "service_token_key"
KEY: Final = HostSettings.variable(_KEY)
_LENGTH: Final = 24


def fingerprints(settings: HostSettings) -> dict[str, str]:
    """A fingerprint of each variable that a service reads, by the variable's name.

    It is keyed with SERVICE_TOKEN_KEY: who sees fingerprints without it can't try out what a secret may be.
    """
    key = settings.service_token_key[0].get_secret_value().encode()
    fields = (field for field in type(settings).model_fields if field not in _OF_THE_PROCESS)
    return {type(settings).variable(field): _fingerprint(key, field, getattr(settings, field)) for field in fields}


def secret_fingerprints(settings: HostSettings, key: SecretStr) -> dict[str, tuple[str, ...]]:
    """A fingerprint of each value of each secret that is set, by the variable's name, keyed with `key`."""
    raw, fields = key.get_secret_value().encode(), type(settings).model_fields
    secret = {field: _each(getattr(settings, field)) for field, info in fields.items() if is_secret(info)}
    return {
        type(settings).variable(field): tuple(_fingerprint(raw, field, value) for value in values)
        for field, values in secret.items()
        if values
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The variables of both that differ. A changed key makes all others incomparable, so that it is named alone."""
    if before.get(KEY) != after.get(KEY):
        return [KEY]
    return sorted(name for name in before.keys() & after.keys() if before[name] != after[name])


def _fingerprint(key: bytes, field: str, value: object) -> str:
    return hmac.digest(key, f"{field}={_text(value)}".encode(), "sha256").hex()[:_LENGTH]


def _each(value: object) -> tuple[object, ...]:
    """The single values of a variable."""
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _text(value: object) -> str:
    """A value as text that is the same in every process."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, SigningKey | PublicKeys):
        return value.export()
    if isinstance(value, Mapping):
        return ",".join(f"{name}={_text(each)}" for name, each in sorted(value.items()))
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return str(value)
