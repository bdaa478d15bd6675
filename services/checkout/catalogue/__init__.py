"""What is sold, and for how much (C-2, C-3)."""

from __future__ import annotations
