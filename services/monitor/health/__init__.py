"""How everything is right now, from what every process says of itself (M-3)."""

from __future__ import annotations
