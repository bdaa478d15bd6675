"""Seats that were paid although no limit had room for them, and whose they are (I-3)."""

from __future__ import annotations
