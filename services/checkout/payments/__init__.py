"""Money: attempts to have an order paid, charges, and what a processor's events mean for an order (C-4)."""

from __future__ import annotations
