"""Says which secrets anybody could guess: an installation that takes money must not start with one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pydantic import BaseModel, SecretStr

from chassis.keys import SigningKey

_SHORTEST: Final = 16
_FEWEST_SIGNS: Final = 8
_STAND_IN: Final = "sandbox"
_PREFIXES: Final = ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "xoxb-", "SG.")


def weaknesses(settings: BaseModel, *, live: bool) -> Iterator[tuple[str, str]]:
    """Yields each field with a secret that won't do, and why.

    Outside of live mode only a stand-in of the sandbox won't.
    """
    for name in type(settings).model_fields:
        for secret in _secrets(getattr(settings, name)):
            if found := weakness(secret, live=live):
                yield name, found
                break


def weakness(secret: str, *, live: bool) -> str | None:
    """Says what is wrong with one secret, without repeating it; None for a good one."""
    if _STAND_IN in secret.lower():
        return "it is the sandbox's"
    own = next((secret.removeprefix(prefix) for prefix in _PREFIXES if secret.startswith(prefix)), secret)
    if live and len(own) < _SHORTEST:
        return f"it is too short to be secret; {_SHORTEST} characters is the least"
    if live and _regular(own):
        return "it is too regular to be secret"
    return None


def _secrets(value: object) -> list[str]:
    """The texts of a field that are secret as a whole; an address with a password in it is not."""
    found = value if isinstance(value, tuple) else (value,)
    keys = [each.private.private_bytes_raw().hex() for each in found if isinstance(each, SigningKey)]
    texts = [each.get_secret_value() for each in found if isinstance(each, SecretStr)]
    return keys + [text for text in texts if "://" not in text]


def _regular(text: str) -> bool:
    """Few different signs, the same over and over, or one step after the other as in abcdef."""
    repeats = text in (text + text)[1:-1]
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return repeats or len(set(text)) < _FEWEST_SIGNS or max(map(steps.count, steps)) > len(steps) / 2
