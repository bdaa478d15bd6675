"""What `fullhouse backup` does."""

from __future__ import annotations
