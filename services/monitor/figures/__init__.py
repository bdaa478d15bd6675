"""Rolling figures from every topic, in minutes that survive restarts (M-1)."""

from __future__ import annotations
