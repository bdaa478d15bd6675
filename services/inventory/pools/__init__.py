"""Pools of seats and what holds them (I-1 to I-5, I-9)."""

from __future__ import annotations
