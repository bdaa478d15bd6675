"""One ticket a paid seat (I-3)."""

from __future__ import annotations
