"""What staff give by hand: passes and tickets, as orders like any other (C-9)."""

from __future__ import annotations
