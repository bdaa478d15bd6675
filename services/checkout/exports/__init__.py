"""Orders with their money as files that people take along (C-6)."""

from __future__ import annotations
