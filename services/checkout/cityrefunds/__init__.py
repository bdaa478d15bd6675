"""All orders of a city get their money back, such as when its workshop is cancelled (C-7)."""

from __future__ import annotations
