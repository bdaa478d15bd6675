"""How boards write figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

NONE_YET: Final = "–"


def percent(share: float) -> str:
    """58.3, 100, 0.05: one decimal, two where one would say nothing happened."""
    digits = 2 if 0 < share < 0.001 else 1  # noqa: PLR2004
    return f"{share * 100:.{digits}f}".removesuffix(".0")


def milliseconds(seconds: float) -> tuple[str, str]:
    """A duration's digits and unit: 412 and ms, 2.5 and s."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}", "ms"
    return f"{seconds:.1f}".removesuffix(".0"), "s"


def at_most(seconds: float, *, longest: float) -> tuple[str, str]:
    """The upper end of a histogram's bucket as digits and unit: ≤ 250 and ms; > 10 and s beyond the `longest`."""
    digits, unit = milliseconds(min(seconds, longest))
    return f"{'≤' if seconds <= longest else '>'} {digits}", unit


def age(since: timedelta) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`."""
    seconds = max(0, int(since.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
