"""Orders: their states, their history, and what their buyers may see (C-5, C-6)."""

from __future__ import annotations
