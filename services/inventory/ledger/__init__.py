"""The append-only book of every change of a pool (I-6)."""

from __future__ import annotations
