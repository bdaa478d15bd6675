"""From the wish to buy to the money: holds, payment attempts, sessions, and what becomes of them (C-1, C-4)."""

from __future__ import annotations
