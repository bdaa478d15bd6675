"""The processor's events: verified, stored, then handed to handlers that app.py registers (C-4)."""

from __future__ import annotations
