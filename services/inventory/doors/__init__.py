"""Doors: who is let in on which ticket, once, and what came of every scan (I-11)."""

from __future__ import annotations
