"""Money that we give back through the processor that took it (C-5, C-7)."""

from __future__ import annotations
