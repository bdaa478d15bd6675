"""Whether what must always hold does: the rules of `invariants`, on what every service tells of itself."""

from __future__ import annotations
