"""Payments that are open or on their way, asked about page by page."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from cli.admin import answer

COUNTS: Final = ("checked", "paid", "expired", "failed", "waiting")
_PATIENCE_SECONDS: Final = 120


def processed(known: Mapping[str, str]) -> Counter[str]:
    """What all of them came to, by the words of `COUNTS`; CommandError when the processor can't be asked."""
    counts, query = Counter[str](dict.fromkeys(COUNTS, 0)), ""
    while True:
        path = f"/api/admin/process-pending{query}"
        found = asyncio.run(answer(known, "POST", path, role="operator", seconds=_PATIENCE_SECONDS))
        counts.update({name: found[name] for name in COUNTS})
        if found["nextCursor"] is None:
            return counts
        query = f"?{urlencode({'cursor': found['nextCursor']})}"


def told(counts: Mapping[str, int]) -> str:
    """`3 payments were asked about: 1 paid, 0 expired, 0 failed, 2 waiting.`"""
    outcomes = ", ".join(f"{counts[name]} {name}" for name in COUNTS[1:])
    return f"{counts['checked']} payments were asked about: {outcomes}."
