"""The figures that rules may name, and how each is measured: `table.py` has them all."""

from __future__ import annotations
