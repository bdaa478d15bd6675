"""Pages for staff on inventory's data (W-2)."""

from __future__ import annotations
