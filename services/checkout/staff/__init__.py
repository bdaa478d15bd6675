"""Pages for staff on checkout's data: the service that has the data shows it (W-2)."""

from __future__ import annotations
