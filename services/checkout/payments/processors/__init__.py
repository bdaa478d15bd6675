"""Whoever takes the money for us: one file a processor."""

from __future__ import annotations
