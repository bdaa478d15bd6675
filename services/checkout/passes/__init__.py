"""Passes: entries bought ahead, and used up one by one (C-9)."""

from __future__ import annotations
