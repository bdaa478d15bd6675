"""Reads the vendors' callbacks: none is believed before its signature is checked (X-6)."""

from __future__ import annotations
