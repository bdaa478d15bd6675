"""Which of the shipped languages a browser would rather read (RFC 9110, Accept-Language)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from languages.shipped import Language, languages


@lru_cache(maxsize=256)
def preferred(accepted: str) -> Language | None:
    """The one that the header likes best; None when it names none of them. `es-MX` is as good as `es`."""
    ranked = sorted(_ranges(accepted), key=lambda each: -each[1])
    return next((shipped for tag, _ in ranked if (shipped := languages().get(tag))), None)


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    """Each language that is accepted at all, with its weight."""
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        value = _weight(weight)
        if value > 0:
            yield tag.strip().partition("-")[0].lower(), value


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
