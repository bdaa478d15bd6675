"""Refunds that no processor has decided for long: whoever waits for the money should not be the first to say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.database import Reader
from checkout.refunds import store

# A processor that is away is so for hours; what it has taken on may take days.
_DUE: Final = timedelta(days=1)
_ON_ITS_WAY: Final = timedelta(days=14)


async def standing(reader: Reader) -> str | None:
    """What stands still, as a sentence; None where nothing does."""
    count, since = await store.standing(reader, due_for=_DUE, on_its_way_for=_ON_ITS_WAY)
    return f"{count} undecided, the oldest since {since:%Y-%m-%d %H:%M} UTC" if since else None
