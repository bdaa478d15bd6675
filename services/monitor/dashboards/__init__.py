"""Pages for people who watch (M-11)."""

from __future__ import annotations
