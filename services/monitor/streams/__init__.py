"""Streams: everything that happens, sent to readers as it happens (M-10)."""

from __future__ import annotations
