"""People move the seats of a paid order to another city or tier (I-3)."""

from __future__ import annotations
