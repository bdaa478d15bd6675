"""The buyer's pages: server-rendered, usable without JavaScript, better with it (W-1, W-3)."""

from __future__ import annotations
