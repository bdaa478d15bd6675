"""Tells which variables have changed without keeping a value of any."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from chassis.keys import PublicKeys, SigningKey
from chassis.settings.groups import HostSettings

# Set for each process by whoever starts it.
_OF_THE_PROCESS: Final = frozenset({"port", "fullhouse_slot"})
_KEY: Final = "service_token_key"
_LENGTH: Final = 24


def fingerprints(settings: HostSettings) -> dict[str, str]:
    """A fingerprint of each variable that a service reads, by the variable's name.

    It is keyed with SERVICE_TOKEN_KEY: who sees fingerprints without it can't try out what a secret may be.
    """
    key = settings.service_token_key.get_secret_value().encode()
    fields = (field for field in type(settings).model_fields if field not in _OF_THE_PROCESS)
    return {type(settings).variable(field): _fingerprint(key, field, getattr(settings, field)) for field in fields}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The variables of both that differ. A changed key makes all others incomparable, so that it is named alone."""
    key = HostSettings.variable(_KEY)
    if before.get(key) != after.get(key):
        return [key]
    return sorted(name for name in before.keys() & after.keys() if before[name] != after[name])


def _fingerprint(key: bytes, field: str, value: object) -> str:
    return hmac.digest(key, f"{field}={_text(value)}".encode(), "sha256").hex()[:_LENGTH]


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
