"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.errors import UsageError

_SPELL: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str, *, now: datetime) -> datetime:
    """`15m` as that long before `now`; an ISO 8601 time as itself, UTC when it names no zone."""
    spell = _spell(text)
    return _time(text) if spell is None else now - spell


def coming(text: str, *, now: datetime) -> datetime:
    """`15m` as that long after `now`; a time as `moment` reads it."""
    spell = _spell(text)
    return _time(text) if spell is None else now + spell


def spans(**texts: str) -> dict[str, str]:
    """Each that says something as the API takes it, as `moment` reads it."""
    now = datetime.now(UTC)
    return {name: moment(text, now=now).isoformat() for name, text in texts.items() if text}


def stamp(text: str) -> str:
    """A moment of the API as people read it: `2026-11-30 01:15:54Z`."""
    return f"{text[:19].replace('T', ' ')}Z"


def _spell(text: str) -> timedelta | None:
    found = _SPELL.fullmatch(text.strip())
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def _time(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"“{text}” is no moment: write 30s, 15m, 24h, 7d or 2026-11-21T12:00:00Z.") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
