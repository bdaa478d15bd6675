"""Examinations: what the monitor has looked at every few minutes, because nobody's figures show it (P-12)."""

from __future__ import annotations
