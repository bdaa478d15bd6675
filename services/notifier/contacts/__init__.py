"""Who must not be written to, and why (N-8)."""

from __future__ import annotations
