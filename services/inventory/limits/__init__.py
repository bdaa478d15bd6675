"""The limits of pools, as people change them: more seats, fewer, or as the catalogue begins (I-8)."""

from __future__ import annotations
