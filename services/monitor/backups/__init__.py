"""Backups at set times, of what every service gives of its own, and the proof that one can be loaded."""

from __future__ import annotations
