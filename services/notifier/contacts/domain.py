"""Tells replies that close or open a channel from all others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START: Final = frozenset({"start", "yes", "unstop"})


def opt_out(form: Mapping[str, str]) -> bool | None:
    """True for STOP and its like, False for START, None for any other reply; from a text as Twilio hands it on."""
    word = (form.get("OptOutType") or form.get("Body", "")).strip().lower()
    if word in _STOP:
        return True
    return False if word in _START else None
