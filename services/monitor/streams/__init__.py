"""Everything that happens, as it happens (M-10)."""

from __future__ import annotations
