"""Tells replies that close or open a channel from all others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_STOP: Final = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_HELP: Final = frozenset({"help", "info"})
_START: Final = frozenset({"start", "yes", "unstop"})


def opt_out(form: Mapping[str, str]) -> bool | None:
    """True for STOP and its like, False for START, None for any other reply; from a text as Twilio hands it on."""
    word = _keyword(form)
    if word in _STOP:
        return True
    return False if word in _START else None


def asks_for_help(form: Mapping[str, str]) -> bool:
    """Whether the carrier's own word for help was sent, which Twilio answers."""
    return _keyword(form) in _HELP


def _keyword(form: Mapping[str, str]) -> str:
    return (form.get("OptOutType") or form.get("Body", "")).strip().lower()
