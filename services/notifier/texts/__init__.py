"""Templates of all texts, rendered here."""

from __future__ import annotations
