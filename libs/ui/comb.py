"""How many ticks the picture of stock has (`ui/comb.html`). Pure."""

from __future__ import annotations

from collections.abc import Sequence


def comb_ticks(parts: Sequence[tuple[str, int]], *, most: int = 40) -> list[str]:
    """A tick a seat, in the order of the parts, scaled down to about `most`; a part that has a seat has a tick."""
    total = sum(count for _, count in parts)
    scale = min(1.0, most / total) if total else 0.0
    return [kind for kind, count in parts for _ in range(max(1, round(count * scale)) if count else 0)]
